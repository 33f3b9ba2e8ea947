#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "client/doctor/evidence.h"
#include "client/doctor/similar_names.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

// Of names that may be the one that is meant, so many are told.
constexpr size_t kMostNames = 8;
constexpr char kConf[] = "/etc/avahi/avahi-daemon.conf";

std::string HostName(const Evidence& evidence) {
  return FirstLabel(evidence.target.host);
}

std::string NameAdvice(const Evidence& evidence) {
  return absl::StrCat("In the App's ", kConf,
                      ", section [server], set host-name=", HostName(evidence),
                      " (domain-name=local), then: systemctl restart "
                      "avahi-daemon");
}

// Names of hosts that were seen, with their bridges.
std::map<std::string, std::set<std::string>> NamesSeen(
    const Evidence& evidence) {
  std::map<std::string, std::set<std::string>> names;
  for (const v1::BridgeStatus& bridge : evidence.status.bridges()) {
    for (const std::string& host : bridge.known_hosts()) {
      names[host].insert(bridge.name());
    }
  }
  for (const v1::BrowseResponse& event : evidence.found) {
    if (!event.service().host().empty()) {
      names[event.service().host()].insert(event.bridge());
    }
  }
  return names;
}

bool IsLeftOut(const Evidence& evidence, const std::set<std::string>& bridges) {
  return !evidence.bridges.empty() &&
         std::none_of(bridges.begin(), bridges.end(),
                      [&evidence](const std::string& bridge) {
                        return std::find(evidence.bridges.begin(),
                                         evidence.bridges.end(),
                                         bridge) != evidence.bridges.end();
                      });
}

Finding SeenUnder(const std::string& name, const std::set<std::string>& bridges,
                  const std::string& what, std::vector<std::string> advice) {
  return {Verdict::kWarning, "name",
          absl::StrCat(name, " on ", absl::StrJoin(bridges, ", "), " ", what),
          std::move(advice)};
}

// An App that advertises its service under the name that is looked for, but is
// itself called otherwise.
std::vector<Finding> ServiceUnderTheName(const Evidence& evidence) {
  std::vector<Finding> findings;
  std::set<std::string> told;
  for (const v1::BrowseResponse& event : evidence.found) {
    const v1::ServiceInstance& service = event.service();
    // avahi's workstation instances end in " [00:16:3e:00:01:03]".
    const std::string instance =
        service.instance().substr(0, service.instance().find(" ["));
    if (findings.size() < kMostNames &&
        absl::EqualsIgnoreCase(instance, HostName(evidence)) &&
        !absl::EqualsIgnoreCase(service.host(), evidence.target.host) &&
        told.insert(service.host()).second) {
      findings.push_back(
          SeenUnder(service.host(), {event.bridge()},
                    absl::StrCat("advertises \"", service.instance(),
                                 "\", but is itself called otherwise"),
                    {NameAdvice(evidence)}));
    }
  }
  return findings;
}

// What to make of a name that was seen; nothing if it has nothing to do with
// the one that is looked for.
absl::optional<Finding> NameFinding(const Evidence& evidence,
                                    const std::string& name,
                                    const std::set<std::string>& bridges) {
  const std::string& host = evidence.target.host;
  if (absl::EqualsIgnoreCase(name, host)) {
    if (!IsLeftOut(evidence, bridges)) return absl::nullopt;
    return SeenUnder(name, bridges,
                     "is there, on a bridge that --bridge leaves out",
                     {"Ask without --bridge, or with that bridge."});
  }
  if (IsRenamedAfterConflict(name, host)) {
    return SeenUnder(
        name, bridges,
        "may be it: avahi appends a number when another host on the bridge "
        "has the name already",
        {absl::StrCat("Give each App a name of its own: host-name= in ", kConf,
                      "; stop the App that holds the name, then in the other: "
                      "systemctl restart avahi-daemon")});
  }
  if (IsSimilarName(name, host)) {
    return SeenUnder(name, bridges, "has a similar name",
                     {absl::StrCat("If ", name, " is meant, ask for that.")});
  }
  return absl::nullopt;
}

// The nearest names first.
std::vector<Finding> OtherNames(const Evidence& evidence) {
  std::vector<Finding> findings = ServiceUnderTheName(evidence);
  std::vector<std::pair<int, Finding>> by_distance;
  for (const auto& entry : NamesSeen(evidence)) {
    absl::optional<Finding> finding =
        NameFinding(evidence, entry.first, entry.second);
    if (!finding.has_value()) continue;
    by_distance.emplace_back(NameDistance(entry.first, evidence.target.host),
                             *std::move(finding));
  }
  std::stable_sort(
      by_distance.begin(), by_distance.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& entry : by_distance) {
    if (findings.size() == kMostNames) break;
    findings.push_back(std::move(entry.second));
  }
  return findings;
}

std::string RunsAdvice(const Evidence& evidence) {
  return absl::StrCat(
      "In the App, see that avahi-daemon runs and knows its own name: "
      "systemctl status avahi-daemon; avahi-resolve -n ",
      evidence.target.host);
}

std::vector<std::string> UnseenAdvice(const Evidence& evidence) {
  return {RunsAdvice(evidence), NameAdvice(evidence),
          absl::StrCat("There too: use-ipv4=yes; allow-interfaces= absent or "
                       "naming the interface towards the bridge; in section "
                       "[publish]: disable-publishing=no, "
                       "publish-addresses=yes, publish-workstation=yes")};
}

std::vector<std::string> UnusableAddressAdvice() {
  return {
      "Give the App an address in the bridge's network (the address that "
      "it announces lies in none of the bridge's prefixes): ip address "
      "show, on both sides",
      absl::StrCat("In the App's ", kConf,
                   ": use-ipv4=yes; and allow-interfaces= so that only "
                   "the address towards the bridge is announced")};
}

Finding UnresolvedFinding(const Evidence& evidence) {
  const google::rpc::Status& error = evidence.resolve_error;
  const std::string check = absl::StrCat("host ", evidence.target.host);
  const v1::ErrorReason reason = ReasonOf(FromRpcStatus(error));
  if (reason == v1::ERROR_REASON_NO_USABLE_ADDRESS) {
    return {Verdict::kProblem, check, error.message(), UnusableAddressAdvice()};
  }
  if (reason == v1::ERROR_REASON_HOST_NOT_LOCAL) {
    return {Verdict::kProblem,
            check,
            error.message(),
            {"Ask for the App's host-name= with .local behind it."}};
  }
  // How it is on each bridge is told by findings of its own.
  const std::string& message = error.message();
  return {Verdict::kProblem, check, message.substr(0, message.find(". ")), {}};
}

bool IsIpv6(const v1::Endpoint& endpoint) {
  return absl::StrContains(endpoint.address(), ':');
}

std::vector<Finding> ResolvedFindings(const Evidence& evidence) {
  std::vector<Finding> findings;
  std::set<std::string> bridges;
  bool only_ipv6 = true;
  for (const v1::Endpoint& endpoint : evidence.resolution.endpoints()) {
    bridges.insert(endpoint.bridge());
    only_ipv6 = only_ipv6 && IsIpv6(endpoint);
    findings.push_back(
        {Verdict::kOk,
         absl::StrCat("host ", evidence.target.host),
         absl::StrCat(endpoint.address(), " on ", endpoint.bridge(),
                      ", reached from ", endpoint.source_address()),
         {}});
  }
  if (only_ipv6) {
    findings.push_back(
        {Verdict::kWarning,
         "address family",
         "the host has IPv6 addresses only; that works, also link-local",
         {absl::StrCat("Where IPv4 is wanted: in the App's ", kConf,
                       ", use-ipv4=yes, and an IPv4 address on its "
                       "interface")}});
  }
  if (bridges.size() > 1) {
    findings.push_back(
        {Verdict::kWarning,
         "name",
         absl::StrCat("the name is answered on ", absl::StrJoin(bridges, ", "),
                      "; the first of these is used"),
         {"Where these are different Apps, give each a name of its own "
          "(host-name=), or pin the bridge: --bridge."}});
  }
  return findings;
}

}  // namespace

std::vector<Finding> CheckHost(const Evidence& evidence) {
  std::vector<Finding> findings;
  if (evidence.resolve_error.code() == 0) {
    findings = ResolvedFindings(evidence);
    for (Finding& finding : OtherNames(evidence)) {
      // Similar names do no harm to one that answers.
      if (absl::StrContains(finding.text, "may be it")) {
        findings.push_back(std::move(finding));
      }
    }
    return findings;
  }
  findings.push_back(UnresolvedFinding(evidence));
  std::vector<Finding> others = OtherNames(evidence);
  const bool not_found = ReasonOf(FromRpcStatus(evidence.resolve_error)) ==
                         v1::ERROR_REASON_HOST_NOT_FOUND;
  if (not_found && others.empty()) {
    findings.front().advice = UnseenAdvice(evidence);
  }
  const bool only_similar =
      !others.empty() &&
      std::all_of(others.begin(), others.end(), [](const Finding& finding) {
        return absl::StrContains(finding.text, "has a similar name");
      });
  for (Finding& finding : others) findings.push_back(std::move(finding));
  if (only_similar) {
    findings.back().advice.push_back(RunsAdvice(evidence));
    findings.back().advice.push_back(NameAdvice(evidence));
  }
  return findings;
}

}  // namespace localstore::client
