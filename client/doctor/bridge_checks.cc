#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/doctor/evidence.h"
#include "client/render/units.h"

namespace localstore::client {
namespace {

bool IsConsidered(const Evidence& evidence, const std::string& bridge) {
  return evidence.bridges.empty() ||
         std::find(evidence.bridges.begin(), evidence.bridges.end(), bridge) !=
             evidence.bridges.end();
}

Finding BridgeFinding(const v1::BridgeStatus& bridge) {
  const std::string check = absl::StrCat("bridge ", bridge.name());
  const std::string addresses = absl::StrJoin(bridge.addresses(), " ");
  if (!bridge.up()) {
    return {Verdict::kWarning,
            check,
            "is down",
            {absl::StrCat("Bring bridge ", bridge.name(), " up: ip link set ",
                          bridge.name(), " up")}};
  }
  if (bridge.addresses().empty()) {
    return {Verdict::kWarning,
            check,
            "has no address, so that nothing can be reached on it",
            {absl::StrCat("Give bridge ", bridge.name(),
                          " an address in its Apps' network: ip address add "
                          "10.1.0.1/24 dev ",
                          bridge.name())}};
  }
  if (!bridge.problem().empty()) {
    return {Verdict::kWarning,
            check,
            absl::StrCat(addresses, ", but ", bridge.problem()),
            {}};
  }
  return {Verdict::kOk, check, absl::StrCat("up, ", addresses), {}};
}

// Hosts heard of, by bridge: known to the server, or seen in Browse.
std::map<std::string, std::set<std::string>> HostsSeen(
    const Evidence& evidence) {
  std::map<std::string, std::set<std::string>> hosts;
  for (const v1::BridgeStatus& bridge : evidence.status.bridges()) {
    for (const std::string& host : bridge.known_hosts()) {
      hosts[bridge.name()].insert(host);
    }
  }
  for (const v1::BrowseResponse& event : evidence.found) {
    // Its host is not known before its SRV record is.
    const v1::ServiceInstance& service = event.service();
    const std::string& name =
        service.host().empty() ? service.instance() : service.host();
    if (!name.empty()) hosts[event.bridge()].insert(name);
  }
  for (const v1::Endpoint& endpoint : evidence.resolution.endpoints()) {
    hosts[endpoint.bridge()].insert(evidence.resolution.host());
  }
  return hosts;
}

std::string SomeOf(const std::set<std::string>& names) {
  constexpr int kSomeNames = 8;
  const int count = static_cast<int>(names.size());
  const int shown = std::min(count, kSomeNames);
  return absl::StrCat(
      absl::StrJoin(names.begin(), std::next(names.begin(), shown), ", "),
      count > shown ? absl::StrCat(" and ", count - shown, " more") : "");
}

int RejectedOn(const Evidence& evidence, const std::string& bridge) {
  for (const v1::BridgeReport& report : evidence.resolution.bridges()) {
    if (report.bridge() == bridge) return report.responses_rejected();
  }
  return 0;
}

std::vector<std::string> SilenceAdvice(const std::string& bridge) {
  return {absl::StrCat("See that the App's interface is attached to bridge ",
                       bridge, " and up: bridge link show; ip link"),
          "In the App, see that avahi-daemon runs (systemctl status "
          "avahi-daemon) and that its firewall lets UDP port 5353 through, "
          "from and to 224.0.0.251.",
          "In the App's /etc/avahi/avahi-daemon.conf, allow-interfaces= must "
          "be absent or name the interface towards the bridge, "
          "deny-interfaces= must not."};
}

std::vector<Finding> TrafficFindings(const Evidence& evidence) {
  const auto hosts = HostsSeen(evidence);
  // Where nobody is heard on any bridge, that is what is wrong; else the host
  // is merely elsewhere.
  const bool anybody =
      std::any_of(hosts.begin(), hosts.end(), [&evidence](const auto& entry) {
        return IsConsidered(evidence, entry.first);
      });
  const Verdict silence = anybody ? Verdict::kWarning : Verdict::kProblem;
  std::vector<Finding> findings;
  for (const v1::BridgeStatus& bridge : evidence.status.bridges()) {
    const bool usable = bridge.up() && !bridge.addresses().empty();
    if (!IsConsidered(evidence, bridge.name()) || !usable) continue;
    const auto seen = hosts.find(bridge.name());
    const std::string check = absl::StrCat("mDNS on ", bridge.name());
    const int rejected = RejectedOn(evidence, bridge.name());
    if (seen != hosts.end()) {
      findings.push_back({Verdict::kOk,
                          check,
                          absl::StrCat("heard of ", SomeOf(seen->second)),
                          {}});
    } else if (rejected > 0) {
      findings.push_back(
          {Verdict::kWarning,
           check,
           absl::StrCat(rejected,
                        " answers came, all of which had to be rejected: "
                        "malformed, from another network, or from a port "
                        "other than 5353"),
           {}});
    } else {
      findings.push_back({silence, check,
                          absl::StrCat("nobody was heard in ",
                                       DurationText(evidence.listened)),
                          SilenceAdvice(bridge.name())});
    }
  }
  return findings;
}

std::vector<Finding> MissingBridges(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const std::string& name : evidence.bridges) {
    const auto& all = evidence.status.bridges();
    const bool there = std::any_of(all.begin(), all.end(),
                                   [&name](const v1::BridgeStatus& bridge) {
                                     return bridge.name() == name;
                                   });
    if (!there) {
      findings.push_back(
          {Verdict::kProblem,
           absl::StrCat("bridge ", name),
           "is not there, or localstored does not use it",
           {absl::StrCat("Create bridge ", name,
                         ", or let localstored use it: its --bridges")}});
    }
  }
  return findings;
}

}  // namespace

std::vector<Finding> CheckBridges(const Evidence& evidence) {
  if (evidence.status.bridges().empty()) {
    return {{Verdict::kProblem,
             "bridges",
             "localstored sees no bridge",
             {"Create the bridge that the Apps are attached to, or let "
              "localstored use it: its --bridges; and see that localstored "
              "runs in the network namespace that has it."}}};
  }
  std::vector<Finding> findings = MissingBridges(evidence);
  bool usable = false;
  for (const v1::BridgeStatus& bridge : evidence.status.bridges()) {
    if (!IsConsidered(evidence, bridge.name())) continue;
    findings.push_back(BridgeFinding(bridge));
    usable = usable || findings.back().verdict == Verdict::kOk;
  }
  if (!usable) {
    for (Finding& finding : findings) finding.verdict = Verdict::kProblem;
    return findings;
  }
  for (Finding& finding : TrafficFindings(evidence)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace localstore::client
