#include "resolver/lookup/host_view.h"

#include <algorithm>
#include <variant>

#include "resolver/query/local_name.h"

namespace localstore::resolver {
namespace {

void FollowCnames(const RecordCache& cache, absl::Time now, HostView* view) {
  std::vector<dns::Name>& chain = view->chain;
  for (;;) {
    const CachedRecord* alias =
        Newest(cache.Find(chain.back(), dns::Type::kCname, now));
    if (alias == nullptr || alias->leaving) return;
    const dns::Name& target =
        std::get<dns::NameData>(alias->record.data).target;
    if (chain.size() > kMaxCnames ||
        std::find(chain.begin(), chain.end(), target) != chain.end()) {
      view->not_followed = target;
      return;
    }
    chain.push_back(target);
  }
}

void AddAddress(const BridgeLink& link, const CachedRecord& cached,
                absl::Time now, HostView* view) {
  const IpAddress& address =
      std::get<dns::AddressData>(cached.record.data).address;
  if (const auto rejection = CheckAddress(address, link.bridge(), link.own())) {
    view->unusable.emplace_back(address, *rejection);
    return;
  }
  view->usable.push_back({address, *SourceAddressFor(address, link.bridge()),
                          cached.created, cached.expires - now});
}

}  // namespace

bool HostView::Has(IpFamily family) const {
  return std::any_of(usable.begin(), usable.end(), [&](const Address& entry) {
    return entry.address.family() == family;
  });
}

HostView ViewHost(const BridgeLink& link, const dns::Name& host, absl::Time now,
                  absl::Time since) {
  HostView view;
  const RecordCache& cache = link.cache();
  view.chain = {host};
  if (!cache.HasName(host)) return view;
  FollowCnames(cache, now, &view);
  for (const dns::Name& name : view.chain) {
    for (const dns::Type type : {dns::Type::kA, dns::Type::kAaaa}) {
      for (const CachedRecord* cached : cache.Find(name, type, now)) {
        if (cached->leaving || cached->received < since) continue;
        AddAddress(link, *cached, now, &view);
      }
    }
  }
  view.denies_ipv4 = !view.Has(IpFamily::kIpv4) &&
                     cache.Denies(view.chain.back(), dns::Type::kA, now);
  return view;
}

std::vector<ServiceInstance> ServicesOfHost(const BridgeLink& link,
                                            const std::vector<dns::Name>& chain,
                                            absl::Time now) {
  std::vector<ServiceInstance> services;
  for (const dns::Name& name : chain) {
    for (const CachedRecord* srv :
         link.cache().ServicesOf(name, now, kMaxServicesPerHost)) {
      services.push_back(ViewService(link.cache(), srv->record.name, now));
    }
  }
  std::sort(services.begin(), services.end(),
            [](const ServiceInstance& a, const ServiceInstance& b) {
              return std::tie(a.type, a.instance) <
                     std::tie(b.type, b.instance);
            });
  services.erase(std::unique(services.begin(), services.end()), services.end());
  return services;
}

ServiceInstance ViewService(const RecordCache& cache, const dns::Name& instance,
                            absl::Time now) {
  ServiceInstance service;
  if (!instance.is_root()) service.instance = ToUtf8(instance.labels()[0]);
  service.type = ServiceTypeText(instance.Parent());
  if (const CachedRecord* cached =
          Newest(cache.Find(instance, dns::Type::kSrv, now))) {
    const auto& srv = std::get<dns::SrvData>(cached->record.data);
    service.host = HostText(srv.target);
    service.port = srv.port;
  }
  if (const CachedRecord* cached =
          Newest(cache.Find(instance, dns::Type::kTxt, now))) {
    for (const std::string& text :
         std::get<dns::TxtData>(cached->record.data).strings) {
      // RFC 6763 section 6.1: a single empty string stands for no data.
      if (!text.empty()) service.txt.push_back(ToUtf8(text));
    }
  }
  return service;
}

}  // namespace localstore::resolver
