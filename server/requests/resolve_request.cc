#include "server/requests/resolve_request.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "resolver/resolve_request.h"
#include "server/requests/field_checks.h"
#include "server/requests/violations.h"

namespace localstore::server {
namespace {

constexpr int kMaxTypes = 32;

// The way of an answer back to the caller.
constexpr absl::Duration kAnswerTime = absl::Milliseconds(50);

resolver::AddressFamily CheckFamily(v1::AddressFamily family,
                                    Violations& violations) {
  switch (family) {
    case v1::ADDRESS_FAMILY_UNSPECIFIED:
      return resolver::AddressFamily::kAny;
    case v1::ADDRESS_FAMILY_IPV4:
      return resolver::AddressFamily::kIpv4;
    case v1::ADDRESS_FAMILY_IPV6:
      return resolver::AddressFamily::kIpv6;
    default:
      violations.Add("address_family",
                     absl::StrCat("has the unknown value ", family));
      return resolver::AddressFamily::kAny;
  }
}

// "_http._tcp" (RFC 6763, section 4.1.2 and 7).
bool IsServiceType(absl::string_view type) {
  const std::vector<absl::string_view> labels = absl::StrSplit(type, '.');
  if (labels.size() != 2) return false;
  if (!absl::EqualsIgnoreCase(labels[1], "_tcp") &&
      !absl::EqualsIgnoreCase(labels[1], "_udp")) {
    return false;
  }
  const absl::string_view name = labels[0];
  return name.size() >= 2 && name.size() <= 16 && name[0] == '_' &&
         std::all_of(name.begin() + 1, name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_';
         });
}

// Bridges that are not there are the resolver's to refuse, unless the request
// is refused before it gets there.
absl::Status Refusal(
    Violations violations,
    const google::protobuf::RepeatedPtrField<std::string>& bridges,
    resolver::HostResolver& resolver) {
  if (!bridges.empty()) {
    CheckBridgesExist(bridges, resolver.Bridges(), violations);
  }
  return violations.ToStatus();
}

}  // namespace

absl::StatusOr<ResolveOrder> MakeResolveOrder(
    const v1::ResolveRequest& request, absl::Duration default_timeout,
    absl::Duration time_left, resolver::HostResolver& resolver) {
  Violations violations;
  ResolveOrder order;
  order.host = request.host();
  order.options.timeout =
      CheckDuration(request.timeout(), default_timeout, "timeout", violations);
  violations.Merge(
      resolver::CheckResolve(request.host(), order.options).status(), "host");
  order.options.bridges = CheckBridges(request.bridges(), violations);
  order.options.family = CheckFamily(request.address_family(), violations);
  if (!violations.empty()) {
    return Refusal(std::move(violations), request.bridges(), resolver);
  }
  const absl::Duration answer_time = std::min(kAnswerTime, time_left / 4);
  order.options.timeout =
      std::max(std::min(order.options.timeout, time_left - answer_time),
               absl::Milliseconds(1));
  order.options.bypass_cache = request.bypass_cache();
  order.options.all_endpoints = request.all_endpoints();
  return order;
}

absl::StatusOr<BrowseOrder> MakeBrowseOrder(const v1::BrowseRequest& request,
                                            resolver::HostResolver& resolver) {
  Violations violations;
  BrowseOrder order;
  if (request.types_size() > kMaxTypes) {
    violations.Add("types",
                   absl::StrCat("names ", request.types_size(),
                                " types; at most ", kMaxTypes, " are allowed"));
  }
  for (int i = 0; i < std::min(request.types_size(), kMaxTypes); ++i) {
    if (!IsServiceType(request.types(i))) {
      violations.Add(absl::StrCat("types[", i, "]"),
                     "is no service type, such as \"_http._tcp\"");
    }
    order.options.types.push_back(request.types(i));
  }
  order.options.bridges = CheckBridges(request.bridges(), violations);
  order.duration = CheckDuration(request.duration(), absl::InfiniteDuration(),
                                 "duration", violations);
  if (!violations.empty()) {
    return Refusal(std::move(violations), request.bridges(), resolver);
  }
  return order;
}

}  // namespace localstore::server
