#include "client/render/bridge_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/render/table.h"

namespace localstore::client {
namespace {

std::string Joined(
    const google::protobuf::RepeatedPtrField<std::string>& values,
    const Style& style) {
  return style.Safe(absl::StrJoin(values, " "));
}

std::string HostsText(
    const google::protobuf::RepeatedPtrField<std::string>& hosts,
    HostsNamed named, const Style& style) {
  constexpr int kSomeHosts = 3;
  if (named == HostsNamed::kAll || hosts.size() <= kSomeHosts) {
    return Joined(hosts, style);
  }
  return absl::StrCat(
      style.Safe(absl::StrJoin(hosts.begin(), hosts.begin() + kSomeHosts, " ")),
      " and ", hosts.size() - kSomeHosts, " more");
}

}  // namespace

std::string BridgesText(
    const google::protobuf::RepeatedPtrField<v1::BridgeStatus>& bridges,
    HostsNamed hosts_named, const Style& style) {
  Table table({"BRIDGE", "STATE", "ADDRESSES", "HOSTS KNOWN"});
  std::string problems;
  for (const v1::BridgeStatus& bridge : bridges) {
    table.AddRow({style.Safe(bridge.name()), bridge.up() ? "up" : "down",
                  Joined(bridge.addresses(), style),
                  HostsText(bridge.known_hosts(), hosts_named, style)});
    if (!bridge.problem().empty()) {
      absl::StrAppend(&problems, style.Safe(bridge.name()), ": ",
                      style.Safe(bridge.problem()), "\n");
    }
  }
  return absl::StrCat(table.Render(), problems);
}

std::string BridgeReportsText(
    const google::protobuf::RepeatedPtrField<v1::BridgeReport>& reports,
    const Style& style) {
  Table table(
      {"BRIDGE", "ADDRESSES", "ASKED", "QUERIES", "ANSWERS", "REJECTED"});
  std::string problems;
  for (const v1::BridgeReport& report : reports) {
    table.AddRow(
        {style.Safe(report.bridge()), Joined(report.addresses(), style),
         report.queried() ? "yes" : "no", absl::StrCat(report.queries_sent()),
         absl::StrCat(report.responses_seen()),
         absl::StrCat(report.responses_rejected())});
    if (!report.problem().empty()) {
      absl::StrAppend(&problems, style.Safe(report.bridge()), ": ",
                      style.Safe(report.problem()), "\n");
    }
  }
  return absl::StrCat(table.Render(), problems);
}

}  // namespace localstore::client
