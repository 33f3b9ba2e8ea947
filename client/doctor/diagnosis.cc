#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/doctor/evidence.h"

namespace localstore::client {
namespace {

Finding ServerFinding(const Evidence& evidence) {
  if (evidence.status_error.code() != 0) {
    return {Verdict::kProblem,
            "server",
            evidence.status_error.message(),
            {"Start localstored, or say with --server or LOCALSTORE_SERVER "
             "where it listens."}};
  }
  return {Verdict::kOk,
          "server",
          absl::StrCat("localstored ", evidence.status.version(), " at ",
                       evidence.server),
          {}};
}

void Append(std::vector<Finding>& all, std::vector<Finding> more) {
  for (Finding& finding : more) all.push_back(std::move(finding));
}

}  // namespace

std::vector<v1::ServiceInstance> ServicesOfHost(const Evidence& evidence) {
  std::set<std::string> seen;
  std::vector<v1::ServiceInstance> services;
  const auto add = [&](const v1::ServiceInstance& service) {
    const std::string key = absl::StrCat(
        service.type(), "\n", service.instance(), "\n", service.port());
    if (seen.insert(key).second) services.push_back(service);
  };
  for (const v1::Endpoint& endpoint : evidence.resolution.endpoints()) {
    for (const auto& service : endpoint.services()) add(service);
  }
  for (const v1::BrowseResponse& event : evidence.found) {
    if (absl::EqualsIgnoreCase(event.service().host(), evidence.target.host)) {
      add(event.service());
    }
  }
  return services;
}

std::string VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarning:
      return "warning";
    case Verdict::kProblem:
      return "problem";
    case Verdict::kSkipped:
      break;
  }
  return "skipped";
}

std::vector<Finding> Diagnose(const Evidence& evidence) {
  std::vector<Finding> findings{ServerFinding(evidence)};
  if (evidence.status_error.code() != 0) return findings;
  Append(findings, CheckBridges(evidence));
  Append(findings, CheckHost(evidence));
  Append(findings, CheckServices(evidence));
  Append(findings, CheckWebServer(evidence));
  return findings;
}

}  // namespace localstore::client
