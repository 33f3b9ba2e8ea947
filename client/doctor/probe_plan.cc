#include "client/doctor/probe_plan.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace localstore::client {
namespace {

constexpr int kMostEndpoints = 8;

int AdvertisedPort(const Evidence& evidence, const std::string& scheme) {
  for (const v1::ServiceInstance& service : ServicesOfHost(evidence)) {
    if (service.type() == absl::StrCat("_", scheme, "._tcp") &&
        service.port() > 0 && service.port() <= 65535) {
      return service.port();
    }
  }
  return 0;
}

int OwnPort(const std::string& scheme) { return scheme == "https" ? 443 : 80; }

std::vector<ProbeEvidence> PlanOne(const Evidence& evidence,
                                   const v1::Endpoint& endpoint) {
  std::vector<ProbeEvidence> probes;
  for (const char* scheme : {"http", "https"}) {
    const DoctorTarget& target = evidence.target;
    if (!target.scheme.empty() && target.scheme != scheme) continue;
    const int advertised = AdvertisedPort(evidence, scheme);
    ProbeEvidence probe;
    probe.endpoint = endpoint;
    probe.scheme = scheme;
    probe.port = target.port != 0  ? target.port
                 : advertised != 0 ? advertised
                                   : OwnPort(scheme);
    probe.expected =
        !target.scheme.empty() || (advertised != 0 && advertised == probe.port);
    probes.push_back(probe);
  }
  return probes;
}

}  // namespace

std::vector<ProbeEvidence> PlanProbes(const Evidence& evidence) {
  std::vector<ProbeEvidence> probes;
  int endpoints = 0;
  for (const v1::Endpoint& endpoint : evidence.resolution.endpoints()) {
    if (++endpoints > kMostEndpoints) break;
    for (ProbeEvidence& probe : PlanOne(evidence, endpoint)) {
      probes.push_back(std::move(probe));
    }
  }
  return probes;
}

}  // namespace localstore::client
