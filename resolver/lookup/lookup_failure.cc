#include "resolver/lookup/lookup_failure.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "protos/errors/error.h"
#include "resolver/query/local_name.h"

namespace localstore::resolver {
namespace {

constexpr size_t kMaxHostsLookedAt = 256;
constexpr size_t kMaxHostsNamed = 5;
constexpr size_t kMaxAddressesNamed = 8;
constexpr int kMaxSlips = 2;

std::string WithoutSuffix(absl::string_view host) {
  absl::ConsumeSuffix(&host, ".local");
  absl::string_view stem = host;
  while (!stem.empty() && absl::ascii_isdigit(stem.back())) {
    stem.remove_suffix(1);
  }
  if (stem.size() < host.size() && absl::ConsumeSuffix(&stem, "-")) host = stem;
  return std::string(host);
}

int EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = std::exchange(row[0], static_cast<int>(i));
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string Joined(const std::vector<std::string>& items, size_t max) {
  const size_t shown = std::min(items.size(), max);
  std::string text = absl::StrJoin(
      items.begin(), items.begin() + static_cast<std::ptrdiff_t>(shown), ", ");
  if (shown < items.size()) {
    absl::StrAppend(&text, " and ", items.size() - shown, " more");
  }
  return text;
}

std::string Label(const BridgeReport& report) {
  if (report.addresses.empty()) return report.bridge;
  return absl::StrCat(report.bridge, " (",
                      absl::StrJoin(report.addresses, ", "), ")");
}

std::string BridgeNames(const std::vector<BridgeReport>& reports) {
  return absl::StrJoin(reports, ",",
                       [](std::string* out, const BridgeReport& report) {
                         out->append(report.bridge);
                       });
}

std::string Count(int n, absl::string_view one, absl::string_view many) {
  return absl::StrCat(n, " ", n == 1 ? one : many);
}

// The hosts heard on the bridge: those that may be it after a conflict, those
// that look alike, and a few others.
std::string Neighbours(const BridgeLink& link, const std::string& host,
                       absl::Time now) {
  std::vector<std::string> renamed;
  std::vector<std::string> alike;
  std::vector<std::string> others;
  for (const std::string& known :
       link.cache().KnownHosts(now, kMaxHostsLookedAt)) {
    const std::string heard = ToUtf8(known);
    if (heard == host) continue;
    (IsRenamed(heard, host)   ? renamed
     : LooksLike(heard, host) ? alike
                              : others)
        .push_back(heard);
  }
  std::string text;
  if (!renamed.empty()) {
    absl::StrAppend(&text, "; heard: ", Joined(renamed, kMaxHostsNamed),
                    " (avahi appends -2 when a name is taken)");
  }
  if (!alike.empty()) {
    absl::StrAppend(
        &text, "; heard under a similar name: ", Joined(alike, kMaxHostsNamed));
  }
  if (!others.empty()) {
    absl::StrAppend(&text,
                    "; other hosts heard: ", Joined(others, kMaxHostsNamed));
  }
  return text;
}

// "" unless the name is an alias that leads nowhere.
std::string AliasProblem(const HostView& view) {
  if (!view.not_followed.has_value()) return "";
  const bool loops = std::find(view.chain.begin(), view.chain.end(),
                               *view.not_followed) != view.chain.end();
  std::vector<std::string> names;
  for (const dns::Name& name : view.chain) names.push_back(HostText(name));
  names.push_back(HostText(*view.not_followed));
  return absl::StrCat(
      loops ? "; its aliases (CNAME) lead in a circle: "
            : absl::StrCat("; more than ", kMaxCnames,
                           " aliases (CNAME) follow one another: "),
      absl::StrJoin(names, " -> "));
}

std::string BridgeSentence(const BridgeReport& report,
                           const LookupFailure& failure,
                           const std::string& host, absl::Time now) {
  std::string text = absl::StrCat(Label(report), ": ");
  if (report.queried) {
    absl::StrAppend(
        &text, Count(report.queries_sent, "query sent", "queries sent"), ", ",
        Count(report.responses_seen, "response", "responses"));
    if (report.responses_rejected > 0) {
      absl::StrAppend(&text, " (", report.responses_rejected, " rejected");
      const auto reasons = failure.rejections.find(report.bridge);
      if (reasons != failure.rejections.end()) {
        absl::StrAppend(&text, ": ",
                        absl::StrJoin(reasons->second, ", ",
                                      [](std::string* out, Rejection reason) {
                                        absl::StrAppend(out,
                                                        RejectionName(reason));
                                      }));
      }
      absl::StrAppend(&text, ")");
    }
  } else {
    absl::StrAppend(&text, "not asked");
  }
  if (!report.problem.empty()) absl::StrAppend(&text, ", ", report.problem);
  for (const Candidate& candidate : failure.candidates) {
    if (candidate.link->bridge().name != report.bridge) continue;
    if (candidate.view.denies_ipv4) {
      absl::StrAppend(&text, "; the host says that it has no IPv4 address");
    }
    absl::StrAppend(&text, AliasProblem(candidate.view),
                    Neighbours(*candidate.link, host, now));
    const std::vector<ServiceInstance> services =
        ServicesOfHost(*candidate.link, candidate.view.chain, now);
    if (!services.empty()) {
      absl::StrAppend(&text, "; a service of this host is advertised (",
                      services[0].type, "), its address is not");
    }
  }
  return text;
}

absl::Status NotFound(const LookupFailure& failure, absl::Time now) {
  const std::string host = HostText(failure.host);
  std::vector<std::string> sentences;
  for (const BridgeReport& report : failure.reports) {
    sentences.push_back(BridgeSentence(report, failure, host, now));
  }
  std::string message = absl::StrCat("no App answered for ", host, " within ",
                                     absl::FormatDuration(failure.waited), ". ",
                                     absl::StrJoin(sentences, ". "), ".");
  if (!failure.elsewhere.empty()) {
    absl::StrAppend(&message, " It is known on ",
                    absl::StrJoin(failure.elsewhere, ", "),
                    ", which was not to be asked.");
  } else {
    absl::StrAppend(&message,
                    " Check that the App runs, that avahi-daemon runs in it "
                    "with this host-name, and that its interface is attached "
                    "to one of these bridges.");
  }
  return MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, message,
                   {{"host", host}, {"bridges", BridgeNames(failure.reports)}});
}

absl::Status NotUsable(const LookupFailure& failure,
                       const std::vector<std::string>& findings,
                       const std::vector<std::string>& addresses) {
  const std::string host = HostText(failure.host);
  return MakeError(
      v1::ERROR_REASON_NO_USABLE_ADDRESS,
      absl::StrCat(host, " answered, but with no address that can be used: ",
                   Joined(findings, kMaxAddressesNamed),
                   ". Check the App's network configuration."),
      {{"host", host},
       {"bridges", BridgeNames(failure.reports)},
       {"addresses",
        absl::StrJoin(
            addresses.begin(),
            addresses.begin() + static_cast<std::ptrdiff_t>(std::min(
                                    addresses.size(), kMaxAddressesNamed)),
            ",")}});
}

absl::Status NoneAsked(const std::vector<BridgeReport>& reports) {
  if (reports.empty()) {
    return MakeError(v1::ERROR_REASON_NO_BRIDGE,
                     "there is no bridge to ask: none of this device's "
                     "interfaces is a bridge that matches the configured "
                     "patterns");
  }
  return MakeError(
      v1::ERROR_REASON_NO_BRIDGE,
      absl::StrCat("no bridge can be asked: ",
                   absl::StrJoin(reports, "; ",
                                 [](std::string* out, const BridgeReport& r) {
                                   absl::StrAppend(out, r.bridge, ": ",
                                                   r.problem.empty()
                                                       ? "nothing was sent"
                                                       : r.problem);
                                 })),
      {{"bridges", BridgeNames(reports)}});
}

}  // namespace

bool LooksLike(absl::string_view heard, absl::string_view host) {
  const std::string a = WithoutSuffix(heard);
  const std::string b = WithoutSuffix(host);
  if (a.empty() || b.empty()) return false;
  if (a == b) return true;
  const size_t shorter = std::min(a.size(), b.size());
  const size_t longer = std::max(a.size(), b.size());
  if (shorter >= 4 && (absl::StrContains(a, b) || absl::StrContains(b, a))) {
    return true;
  }
  return shorter >= 4 && longer - shorter <= kMaxSlips && longer <= 64 &&
         EditDistance(a, b) <= kMaxSlips;
}

bool IsRenamed(absl::string_view heard, absl::string_view host) {
  return absl::ConsumeSuffix(&heard, ".local") &&
         absl::ConsumeSuffix(&host, ".local") &&
         absl::ConsumePrefix(&heard, host) &&
         absl::ConsumePrefix(&heard, "-") && !heard.empty() &&
         std::all_of(heard.begin(), heard.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

absl::Status CheckUsable(const std::vector<BridgeLink*>& links) {
  std::vector<BridgeReport> reports;
  for (const BridgeLink* link : links) {
    if (link->usable()) return absl::OkStatus();
    BridgeReport report;
    report.bridge = link->bridge().name;
    report.problem = link->problem();
    reports.push_back(std::move(report));
  }
  return NoneAsked(reports);
}

absl::Status DescribeFailure(const LookupFailure& failure, absl::Time now) {
  std::vector<std::string> findings;
  std::vector<std::string> addresses;
  for (const Candidate& candidate : failure.candidates) {
    const std::string& bridge = candidate.link->bridge().name;
    for (const auto& [address, rejection] : candidate.view.unusable) {
      addresses.push_back(address.ToString());
      findings.push_back(absl::StrCat(address.ToString(), " on ", bridge, " ",
                                      AddressProblem(rejection)));
    }
    for (const HostView::Address& entry : candidate.view.usable) {
      addresses.push_back(entry.address.ToString());
      findings.push_back(
          absl::StrCat(entry.address.ToString(), " on ", bridge, " is not an ",
                       failure.family == AddressFamily::kIpv6 ? "IPv6" : "IPv4",
                       " address, which was asked for"));
    }
  }
  if (!findings.empty()) return NotUsable(failure, findings, addresses);
  const bool any_asked =
      std::any_of(failure.reports.begin(), failure.reports.end(),
                  [](const BridgeReport& report) { return report.queried; });
  if (!any_asked) return NoneAsked(failure.reports);
  return NotFound(failure, now);
}

}  // namespace localstore::resolver
