// What one bridge's cache says about one host.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "resolver/cache/record_cache.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"
#include "resolver/net/ip_address.h"
#include "resolver/query/response_filter.h"

namespace localstore::resolver {

struct HostView {
  struct Address {
    IpAddress address;
    IpAddress source;    // this device's own, on the bridge
    absl::Time created;  // first heard
    absl::Duration ttl;  // left
  };
  std::vector<Address> usable;
  std::vector<std::pair<IpAddress, Rejection>> unusable;
  // The host and what CNAME records lead to from it. Its last is what should
  // have addresses.
  std::vector<dns::Name> chain;
  // Where the last of the chain is an alias itself, but not followed: of a name
  // that is in the chain already, or of one too many.
  absl::optional<dns::Name> not_followed;
  bool denies_ipv4 = false;  // the host says that it has no IPv4 address

  bool Has(IpFamily family) const;
};

constexpr size_t kMaxCnames = 8;
constexpr int kMaxServicesPerHost = 64;

// Records last heard before `since`, and those about to leave, do not count.
// At most kMaxCnames are followed, and no name twice.
HostView ViewHost(const BridgeLink& link, const dns::Name& host, absl::Time now,
                  absl::Time since);

// Services whose SRV record points to a name of `chain`, by type and instance;
// at most kMaxServicesPerHost.
std::vector<ServiceInstance> ServicesOfHost(const BridgeLink& link,
                                            const std::vector<dns::Name>& chain,
                                            absl::Time now);

// What is known of the service instance called `instance` (its full name).
ServiceInstance ViewService(const RecordCache& cache, const dns::Name& instance,
                            absl::Time now);

}  // namespace localstore::resolver
