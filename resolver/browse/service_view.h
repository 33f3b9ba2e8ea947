// What one bridge's cache says about the services of a type.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "resolver/cache/record_cache.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"

namespace localstore::resolver {

struct SeenService {
  ServiceInstance service;
  std::vector<std::string> addresses;  // of its host; IPv4 first
  dns::Name host;                      // the root until the SRV record is seen
  bool has_srv = false;
  bool has_txt = false;

  friend bool operator==(const SeenService& a, const SeenService& b) {
    return a.service == b.service && a.addresses == b.addresses;
  }
};

// By the instance's full name.
using SeenServices = std::map<dns::Name, SeenService>;

// Services that PTR records of `type` name. Of the meta type, the types (RFC
// 6763 section 9), which have neither host nor addresses.
SeenServices ViewServices(const RecordCache& cache, const dns::Name& type,
                          absl::Time now);

// _services._dns-sd._udp.local
bool IsMetaType(const dns::Name& type);

}  // namespace localstore::resolver
