#include "resolver/resolve_request.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"
#include "resolver/query/local_name.h"

namespace localstore::resolver {
namespace {

std::string TimeoutProblem(absl::Duration timeout) {
  if (timeout < absl::ZeroDuration()) return "is negative";
  if (timeout > kMaxTimeout) {
    return absl::StrCat("is longer than ", absl::FormatDuration(kMaxTimeout));
  }
  return "";
}

}  // namespace

absl::StatusOr<ResolveRequest> CheckResolve(const std::string& host,
                                            const ResolveOptions& options) {
  ResolveRequest request;
  std::vector<FieldViolation> violations;
  const HostName parsed = ParseLocalHost(host);
  if (parsed.name.has_value()) {
    request.host = *parsed.name;
  } else {
    violations.push_back({"host", parsed.problem});
  }
  const std::string problem = TimeoutProblem(options.timeout);
  if (!problem.empty()) violations.push_back({"timeout", problem});
  if (!options.service.empty()) {
    const auto service = ParseServiceType(options.service);
    if (service.ok()) {
      request.service = *service;
    } else {
      violations.push_back(
          {"service", std::string(service.status().message())});
    }
  }
  if (violations.empty()) return request;
  if (parsed.elsewhere && violations.size() == 1) {
    return MakeBadRequest(violations, v1::ERROR_REASON_HOST_NOT_LOCAL,
                          {{"host", Shown(host)}});
  }
  return MakeBadRequest(violations);
}

absl::StatusOr<std::set<dns::Name>> CheckBrowse(const BrowseOptions& options) {
  std::vector<std::string> texts = options.types;
  if (texts.empty()) texts = {"_workstation._tcp", "_http._tcp", "_https._tcp"};
  if (texts.size() > kMaxBrowseTypes) {
    return MakeBadRequest(
        {{"types", absl::StrCat("there are ", texts.size(), "; at most ",
                                kMaxBrowseTypes, " can be browsed at once")}});
  }
  std::set<dns::Name> types;
  std::vector<FieldViolation> violations;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto type = ParseServiceType(texts[i]);
    if (type.ok()) {
      types.insert(*type);
    } else {
      violations.push_back({absl::StrCat("types[", i, "]"),
                            std::string(type.status().message())});
    }
  }
  if (!violations.empty()) return MakeBadRequest(violations);
  return types;
}

}  // namespace localstore::resolver
