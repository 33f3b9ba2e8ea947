// What the resolver and the fetcher say, in the contract's messages.
#pragma once

#include "absl/time/time.h"
#include "fetcher/endpoint_source.h"
#include "localstore/v1/local_datastore.pb.h"
#include "resolver/host_resolver.h"

namespace localstore::server {

// As it is after `age`: by that, each ttl is shorter, down to 0.
void FillResponse(const resolver::Resolution& resolution, absl::Duration age,
                  v1::ResolveResponse& response);
v1::BridgeStatus ToProto(const resolver::BridgeState& state);
v1::BrowseResponse ToProto(const resolver::BrowseEvent& event);
v1::Endpoint ToProto(const fetcher::Endpoint& endpoint);

}  // namespace localstore::server
