#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/doctor/evidence.h"

namespace localstore::client {
namespace {

constexpr char kServiceFile[] =
    "To have the web server's port found too, advertise it: in the App, "
    "/etc/avahi/services/http.service with <service><type>_http._tcp</type>"
    "<port>80</port></service> in its <service-group> (_https._tcp and 443 for "
    "HTTPS)";

bool HasType(const std::vector<v1::ServiceInstance>& services,
             const std::string& type) {
  return std::any_of(services.begin(), services.end(),
                     [&type](const v1::ServiceInstance& service) {
                       return service.type() == type;
                     });
}

Finding ServiceFinding(const v1::ServiceInstance& service) {
  const bool has_port =
      service.port() != 0 && service.type() != "_workstation._tcp";
  return {
      Verdict::kOk,
      "service",
      absl::StrCat(service.type(), " \"", service.instance(), "\"",
                   has_port ? absl::StrCat(" on port ", service.port()) : ""),
      {}};
}

// A service of the URL's scheme on another port than the URL names.
void CheckPort(const Evidence& evidence,
               const std::vector<v1::ServiceInstance>& services,
               std::vector<Finding>& findings) {
  const int port = evidence.target.port;
  if (port == 0 || evidence.target.scheme.empty()) return;
  const std::string type = absl::StrCat("_", evidence.target.scheme, "._tcp");
  if (!HasType(services, type)) return;
  const bool same =
      std::any_of(services.begin(), services.end(),
                  [&](const v1::ServiceInstance& service) {
                    return service.type() == type && service.port() == port;
                  });
  if (same) return;
  findings.push_back(
      {Verdict::kWarning,
       "service",
       absl::StrCat(type, " is advertised, but on another port than ", port),
       {"Leave the port out of the URL, so that the advertised one is used, or "
        "correct <port> in the App's /etc/avahi/services."}});
}

}  // namespace

std::vector<Finding> CheckServices(const Evidence& evidence) {
  std::vector<Finding> findings;
  if (evidence.browse_error.code() != 0) {
    findings.push_back({Verdict::kSkipped,
                        "services",
                        absl::StrCat("the server could not browse: ",
                                     evidence.browse_error.message()),
                        {}});
  }
  if (evidence.resolve_error.code() != 0) return findings;
  const std::vector<v1::ServiceInstance> services = ServicesOfHost(evidence);
  for (const v1::ServiceInstance& service : services) {
    findings.push_back(ServiceFinding(service));
  }
  if (services.empty()) {
    findings.push_back(
        {Verdict::kWarning,
         "services",
         "the host advertises none; it is found all the same, by its address",
         {"To see it in browse as well: publish-workstation=yes in section "
          "[publish] of the App's /etc/avahi/avahi-daemon.conf",
          kServiceFile}});
  } else if (!HasType(services, "_http._tcp") &&
             !HasType(services, "_https._tcp")) {
    findings.push_back(
        {Verdict::kOk,
         "services",
         "no web server is advertised, so the port is the URL's or the "
         "scheme's own",
         {}});
  }
  CheckPort(evidence, services, findings);
  return findings;
}

}  // namespace localstore::client
