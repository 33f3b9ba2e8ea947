#include "server/access/access_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/requests/violations.h"

namespace localstore::server {
namespace {

std::vector<CallerPattern> ParseCallers(const v1::AccessRule& rule,
                                        const std::string& field,
                                        bool verifies_certificates,
                                        Violations& violations) {
  std::vector<CallerPattern> patterns;
  if (rule.callers().empty()) {
    violations.Add(absl::StrCat(field, ".callers"), "is empty");
  }
  for (int i = 0; i < rule.callers_size(); ++i) {
    const std::string place = absl::StrCat(field, ".callers[", i, "]");
    auto pattern = CallerPattern::Parse(rule.callers(i));
    if (!pattern.ok()) {
      violations.Add(place, pattern.status().message());
      continue;
    }
    if (pattern->needs_certificate() && !verifies_certificates) {
      violations.Add(place, absl::StrCat("\"", rule.callers(i),
                                         "\" needs tls_client_ca: without it "
                                         "no client shows a certificate"));
    }
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

std::vector<RpcGroup> ParseGroups(const v1::AccessRule& rule,
                                  const std::string& field,
                                  Violations& violations) {
  std::vector<RpcGroup> groups;
  if (rule.allow().empty()) {
    violations.Add(absl::StrCat(field, ".allow"), "is empty");
  }
  for (int i = 0; i < rule.allow_size(); ++i) {
    const auto group = ParseRpcGroup(rule.allow(i));
    if (group.has_value()) {
      groups.push_back(*group);
    } else {
      violations.Add(absl::StrCat(field, ".allow[", i, "]"),
                     absl::StrCat("\"", rule.allow(i),
                                  "\" is not read, download or admin"));
    }
  }
  return groups;
}

}  // namespace

absl::StatusOr<AccessRules> AccessRules::Create(
    const google::protobuf::RepeatedPtrField<v1::AccessRule>& rules,
    bool verifies_certificates) {
  AccessRules result;
  Violations violations;
  for (int i = 0; i < rules.size(); ++i) {
    const std::string field = absl::StrCat("access[", i, "]");
    Rule rule;
    rule.callers =
        ParseCallers(rules[i], field, verifies_certificates, violations);
    rule.groups = ParseGroups(rules[i], field, violations);
    result.rules_.push_back(std::move(rule));
  }
  if (!violations.empty()) return violations.ToStatus();
  return result;
}

bool AccessRules::Allow(const Caller& caller, RpcGroup group) const {
  if (group == RpcGroup::kOpen || rules_.empty()) return true;
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    const bool allowed = std::any_of(
        rule.groups.begin(), rule.groups.end(), [group](RpcGroup granted) {
          return granted == group || granted == RpcGroup::kAdmin;
        });
    return allowed && std::any_of(rule.callers.begin(), rule.callers.end(),
                                  [&caller](const CallerPattern& pattern) {
                                    return pattern.Matches(caller);
                                  });
  });
}

}  // namespace localstore::server
