// Requests about hosts and services, checked and in the resolver's terms.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "localstore/v1/local_datastore.pb.h"
#include "resolver/host_resolver.h"

namespace localstore::server {

struct ResolveOrder {
  std::string host;
  resolver::ResolveOptions options;
};

// `time_left` is what remains until the RPC's deadline: the timeout ends a
// little before it, so that the answer still arrives. Errors: INVALID_REQUEST
// with all violations, HOST_NOT_LOCAL when that is all that is wrong.
// `resolver` says which bridges there are when a request is refused; it refuses
// the others itself.
absl::StatusOr<ResolveOrder> MakeResolveOrder(const v1::ResolveRequest& request,
                                              absl::Duration default_timeout,
                                              absl::Duration time_left,
                                              resolver::HostResolver& resolver);

struct BrowseOrder {
  resolver::BrowseOptions options;
  absl::Duration duration = absl::InfiniteDuration();
};

// Errors: INVALID_REQUEST with all violations; for `resolver` see above.
absl::StatusOr<BrowseOrder> MakeBrowseOrder(const v1::BrowseRequest& request,
                                            resolver::HostResolver& resolver);

}  // namespace localstore::server
