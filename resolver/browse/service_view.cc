#include "resolver/browse/service_view.h"

#include <set>
#include <utility>
#include <variant>

#include "resolver/cache/cached_record.h"
#include "resolver/lookup/host_view.h"
#include "resolver/query/local_name.h"

namespace localstore::resolver {
namespace {

std::vector<std::string> AddressesOf(const RecordCache& cache,
                                     const dns::Name& host, absl::Time now) {
  std::set<IpAddress> sorted;
  for (const dns::Type type : {dns::Type::kA, dns::Type::kAaaa}) {
    for (const CachedRecord* cached : cache.Find(host, type, now)) {
      if (cached->leaving) continue;
      sorted.insert(std::get<dns::AddressData>(cached->record.data).address);
    }
  }
  std::vector<std::string> addresses;
  addresses.reserve(sorted.size());
  for (const IpAddress& address : sorted) {
    addresses.push_back(address.ToString());
  }
  return addresses;
}

SeenService ViewInstance(const RecordCache& cache, const dns::Name& instance,
                         absl::Time now) {
  SeenService seen;
  seen.service = ViewService(cache, instance, now);
  if (const CachedRecord* srv =
          Newest(cache.Find(instance, dns::Type::kSrv, now))) {
    seen.has_srv = true;
    seen.host = std::get<dns::SrvData>(srv->record.data).target;
    seen.addresses = AddressesOf(cache, seen.host, now);
  }
  seen.has_txt = !cache.Find(instance, dns::Type::kTxt, now).empty();
  return seen;
}

SeenService ViewType(const dns::Name& target, const dns::Name& type) {
  SeenService seen;
  seen.service.instance = ServiceTypeText(target);
  seen.service.type = ServiceTypeText(type);
  return seen;
}

}  // namespace

bool IsMetaType(const dns::Name& type) {
  return type.labels().size() == 4 && type.labels()[1] == "_dns-sd";
}

SeenServices ViewServices(const RecordCache& cache, const dns::Name& type,
                          absl::Time now) {
  SeenServices services;
  const bool meta = IsMetaType(type);
  for (const CachedRecord* pointer : cache.Find(type, dns::Type::kPtr, now)) {
    const dns::Name& target =
        std::get<dns::NameData>(pointer->record.data).target;
    if (meta) {
      services.emplace(target, ViewType(target, type));
    } else if (target.Parent() == type) {
      services.emplace(target, ViewInstance(cache, target, now));
    }
  }
  return services;
}

}  // namespace localstore::resolver
