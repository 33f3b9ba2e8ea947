#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/doctor/evidence.h"

namespace localstore::client {
namespace {

using Outcome = ProbeAnswer::Outcome;

constexpr int kBadRequest = 400;
constexpr int kServerError = 500;

std::string Where(const ProbeEvidence& probe) {
  return absl::StrCat(probe.scheme, " on ", probe.endpoint.address(), " port ",
                      probe.port);
}

Finding ConnectionFinding(const ProbeEvidence& probe) {
  const std::string port = absl::StrCat(probe.port);
  switch (probe.answer.outcome) {
    case Outcome::kRefused:
      return {Verdict::kProblem,
              Where(probe),
              "the connection is refused: nothing listens there",
              {absl::StrCat(
                  "In the App, see that the web server runs and listens on "
                  "port ",
                  port, " of every address, not of 127.0.0.1 alone: ss -ltn")}};
    case Outcome::kNoAnswer:
      return {Verdict::kProblem,
              Where(probe),
              absl::StrCat("no connection: ", probe.answer.detail),
              {absl::StrCat("In the App, let TCP port ", port,
                            " through the firewall, and see that it still has "
                            "address ",
                            probe.endpoint.address(),
                            ", with a way back to the device")}};
    case Outcome::kTlsFailed:
      return {Verdict::kProblem,
              Where(probe),
              absl::StrCat("no TLS: ", probe.answer.detail),
              {absl::StrCat("See whether port ", port,
                            " is for HTTPS, and that the web server offers "
                            "TLS 1.2 or later; else use http://")}};
    case Outcome::kNotHttp:
      return {Verdict::kProblem,
              Where(probe),
              absl::StrCat("no HTTP: ", probe.answer.detail),
              {absl::StrCat("See what listens on port ", port, " in the App",
                            probe.scheme == "http"
                                ? "; where it is HTTPS, use https://"
                                : ", which speaks TLS but no HTTP")}};
    default:
      break;
  }
  return {Verdict::kSkipped, Where(probe), probe.answer.detail, {}};
}

Finding HttpFinding(const ProbeEvidence& probe) {
  const int status = probe.answer.http_status;
  const std::string text = absl::StrCat("answers with HTTP status ", status);
  if (status >= kServerError) {
    return {Verdict::kWarning,
            Where(probe),
            text,
            {"Look at the web server's log in the App."}};
  }
  if (status == kBadRequest && probe.scheme == "http") {
    return {Verdict::kWarning,
            Where(probe),
            absl::StrCat(text,
                         ", as an HTTPS port does that is spoken to in "
                         "clear"),
            {"Try https://."}};
  }
  return {Verdict::kOk, Where(probe), text, {}};
}

std::string DateText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

Finding NamesFinding(const ProbeEvidence& probe, const Evidence& evidence) {
  const CertificateReport& certificate = *probe.answer.certificate;
  const std::string& address = probe.endpoint.address();
  const std::string& host = evidence.target.host;
  const std::string names =
      certificate.names.empty()
          ? absl::StrCat("no subjectAltName (subject ", certificate.subject,
                         ", which does not count)")
          : absl::StrCat("subjectAltName ",
                         absl::StrJoin(certificate.names, ", "));
  const std::string check = absl::StrCat("certificate of ", Where(probe));
  if (certificate.holds_address) return {Verdict::kOk, check, names, {}};
  if (certificate.holds_host) {
    return {
        Verdict::kProblem,
        check,
        absl::StrCat(names, ": the name, but not the address ", address),
        {absl::StrCat("Download with --tls_identity=host, which checks ", host,
                      " instead of the address; or issue a "
                      "certificate with subjectAltName=IP:",
                      address)}};
  }
  return {Verdict::kProblem,
          check,
          absl::StrCat(names, ": neither the address ", address, " nor ", host),
          {absl::StrCat("Issue a certificate with subjectAltName=IP:", address,
                        ",DNS:", host,
                        "; the DNS name alone serves --tls_identity=host, "
                        "whatever address the App has")}};
}

std::vector<Finding> CertificateFindings(const ProbeEvidence& probe,
                                         const Evidence& evidence) {
  const CertificateReport& certificate = *probe.answer.certificate;
  const std::string check = absl::StrCat("certificate of ", Where(probe));
  std::vector<Finding> findings{NamesFinding(probe, evidence)};
  if (evidence.now > certificate.not_after) {
    findings.push_back(
        {Verdict::kProblem,
         check,
         absl::StrCat("has expired on ", DateText(certificate.not_after)),
         {"Issue a new certificate, and set the clocks right."}});
  } else if (evidence.now < certificate.not_before) {
    findings.push_back(
        {Verdict::kProblem,
         check,
         absl::StrCat("is valid only from ", DateText(certificate.not_before)),
         {"Set the device's clock, or wait."}});
  }
  if (!certificate.trust_checked) {
    findings.push_back({Verdict::kSkipped,
                        check,
                        absl::StrCat("issued by ", certificate.issuer,
                                     "; give --ca to see whether it leads to "
                                     "a certificate that is trusted"),
                        {}});
  } else if (!certificate.trust_problem.empty()) {
    findings.push_back(
        {Verdict::kProblem,
         check,
         absl::StrCat("issued by ", certificate.issuer,
                      ", is not trusted: ", certificate.trust_problem),
         {"Put the certificate of its issuer, or of the root above that, into "
          "the datastore's ca_certificates_pem (--ca); intermediates that the "
          "web server does not send belong there too."}});
  } else {
    findings.push_back(
        {Verdict::kOk, check, "leads to a certificate that is trusted", {}});
  }
  return findings;
}

bool Answered(const ProbeEvidence& probe) {
  return probe.answer.outcome == Outcome::kAnswered;
}

// A port that was asked for or is advertised; where there is none, that of
// plain HTTP.
bool IsMeant(const ProbeEvidence& probe, const Evidence& evidence) {
  const bool any_expected =
      std::any_of(evidence.probes.begin(), evidence.probes.end(),
                  [](const ProbeEvidence& other) { return other.expected; });
  return any_expected ? probe.expected : probe.scheme == "http";
}

std::vector<Finding> ProbeFindings(const ProbeEvidence& probe,
                                   const Evidence& evidence,
                                   bool any_answered) {
  std::vector<Finding> findings{Answered(probe) ? HttpFinding(probe)
                                                : ConnectionFinding(probe)};
  // Any other port may be closed.
  Finding& first = findings.front();
  if (first.verdict == Verdict::kProblem && !probe.expected &&
      (any_answered || !IsMeant(probe, evidence))) {
    first.verdict = Verdict::kSkipped;
    first.advice.clear();
    absl::StrAppend(&first.text, any_answered
                                     ? "; nobody asked for it, and another "
                                       "port answers"
                                     : "; nobody asked for it");
  }
  if (probe.answer.certificate.has_value()) {
    for (Finding& more : CertificateFindings(probe, evidence)) {
      findings.push_back(std::move(more));
    }
  }
  return findings;
}

bool HasProblem(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) {
                       return finding.verdict == Verdict::kProblem;
                     });
}

}  // namespace

std::vector<Finding> CheckWebServer(const Evidence& evidence) {
  const bool any_answered =
      std::any_of(evidence.probes.begin(), evidence.probes.end(), &Answered);
  // Schemes that work at one address at least: a download goes on to the next
  // address by itself.
  std::set<std::string> working;
  std::vector<std::vector<Finding>> by_probe;
  for (const ProbeEvidence& probe : evidence.probes) {
    by_probe.push_back(ProbeFindings(probe, evidence, any_answered));
    if (Answered(probe) && !HasProblem(by_probe.back())) {
      working.insert(probe.scheme);
    }
  }
  std::vector<Finding> findings;
  for (size_t i = 0; i < by_probe.size(); ++i) {
    for (Finding& finding : by_probe[i]) {
      if (finding.verdict == Verdict::kProblem &&
          working.count(evidence.probes[i].scheme) > 0) {
        finding.verdict = Verdict::kWarning;
      }
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace localstore::client
