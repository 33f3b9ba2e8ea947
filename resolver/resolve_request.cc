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

}  // namespace localstore::resolver
