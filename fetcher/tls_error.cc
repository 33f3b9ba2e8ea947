#include "fetcher/tls_error.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fetcher/certificate_text.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using Kind = TlsVerdict::Kind;
using Problem = TlsVerdict::Problem;

std::string PeerText(const TlsPeer& peer) {
  return absl::StrCat(peer.host, " (", peer.address, " port ", peer.port,
                      peer.bridge.empty() ? "" : " on bridge ", peer.bridge,
                      ")");
}

ErrorMetadata PeerMetadata(const TlsPeer& peer) {
  return {{"host", peer.host},
          {"address", peer.address},
          {"port", absl::StrCat(peer.port)},
          {"bridge", peer.bridge}};
}

std::string CertificateText(const Problem& problem) {
  return absl::StrCat(
      problem.depth == 0 ? "its certificate" : "the certificate", " \"",
      problem.subject, "\"");
}

const Problem* FirstOf(const TlsVerdict& verdict, Kind kind) {
  for (const Problem& problem : verdict.problems) {
    if (problem.kind == kind) return &problem;
  }
  return nullptr;
}

std::string WeaknessText(const Problem& problem) {
  const char* what = problem.error == X509_V_ERR_CA_MD_TOO_WEAK
                         ? " is signed with a hash that is too weak"
                         : " has a key that is too short";
  return absl::StrCat(CertificateText(problem), what,
                      ": issue it again with RSA of 2048 bits or ECDSA of 256, "
                      "and SHA-256");
}

// The subjects of what is configured, a few of them.
std::string AnchorsText(const TlsPolicy& policy) {
  constexpr size_t kMaxShown = 4;
  std::vector<std::string> names;
  for (const X509Ptr& anchor : policy.given()) {
    if (names.size() == kMaxShown) {
      names.push_back("...");
      break;
    }
    names.push_back(absl::StrCat(
        "\"", NameText(X509_get_subject_name(anchor.get())), "\""));
  }
  return absl::StrJoin(names, ", ");
}

std::string NoIssuerText(const TlsPolicy& policy, const Problem& problem) {
  if (!policy.has_anchors()) {
    return "there is nothing to trust it by: give ca_certificates_pem for this "
           "datastore";
  }
  const std::string where =
      policy.system_roots() ? "the system's roots"
                            : absl::StrCat("ca_certificates_pem, which holds ",
                                           AnchorsText(policy), ",");
  return absl::StrCat(
      CertificateText(problem), " was issued by \"", problem.issuer,
      "\", which is neither in ", where,
      " nor sent along: put it into ca_certificates_pem, or have the datastore "
      "send it");
}

std::string UntrustedText(const TlsPolicy& policy, const Problem& problem) {
  const std::string certificate = CertificateText(problem);
  switch (problem.error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return NoIssuerText(policy, problem);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return absl::StrCat(certificate,
                          " is signed by itself and not in "
                          "ca_certificates_pem: put it there if it is the "
                          "right one");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return absl::StrCat("its chain ends in the root \"", problem.subject,
                          "\", which is not trusted here: put that root into "
                          "ca_certificates_pem if it is the right one");
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return WeaknessText(problem);
    case X509_V_ERR_APPLICATION_VERIFICATION:
      return absl::StrCat(certificate,
                          " is that of a certificate authority: issue one for "
                          "a server, or put this very one into "
                          "ca_certificates_pem");
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return absl::StrCat(certificate,
                          " issued another one without being that of a "
                          "certificate authority (basicConstraints CA:TRUE)");
    case X509_V_ERR_INVALID_PURPOSE:
      return absl::StrCat(certificate,
                          " is not for servers: issue it with extendedKeyUsage "
                          "serverAuth or none, and keyUsage digitalSignature");
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return absl::StrCat("the chain above ", certificate, " is too long (",
                          X509_verify_cert_error_string(problem.error), ")");
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
      return absl::StrCat(certificate,
                          " has names that the nameConstraints of its issuer "
                          "do not permit");
    default:
      return absl::StrCat(certificate, " cannot be trusted: ",
                          X509_verify_cert_error_string(problem.error));
  }
}

std::string ExpiredText(const TlsVerdict& verdict, const Problem& problem) {
  const bool early = problem.error == X509_V_ERR_CERT_NOT_YET_VALID;
  return absl::StrCat(
      CertificateText(problem), early ? " is not valid before " : " expired ",
      TimeText(early ? problem.not_before : problem.not_after),
      ", and this device's clock says ", TimeText(verdict.now), ": ",
      early ? "set the clock right, or issue it again"
            : "renew it, or set the clock right");
}

// What would make the certificate do, beside issuing it again.
std::string IdentityHint(const TlsVerdict& verdict, bool by_name,
                         absl::string_view wanted, absl::string_view host) {
  std::string hint;
  if (verdict.leaf_common_name == wanted) {
    absl::StrAppend(&hint, "; the common name does not count");
  }
  for (const std::string& name : verdict.leaf_names) {
    if (by_name) continue;
    if (name == absl::StrCat("DNS ", wanted)) {
      absl::StrAppend(&hint, "; as a DNS name an address does not count");
    } else if (name == absl::StrCat("DNS ", host)) {
      absl::StrAppend(&hint,
                      "; or set the datastore's tls_identity to HOST_NAME");
    }
  }
  return hint;
}

std::string IdentityText(const TlsPolicy& policy, const TlsPeer& peer,
                         const TlsVerdict& verdict) {
  const bool by_name = policy.identity() == TlsIdentity::kHostName;
  const absl::string_view address =
      absl::string_view(peer.address).substr(0, peer.address.find('%'));
  const absl::string_view wanted = by_name ? peer.host : address;
  return absl::StrCat(
      "its certificate \"", verdict.leaf_subject, "\" is not for ", wanted,
      ", ",
      verdict.leaf_names.empty()
          ? "as it has no subjectAltName at all"
          : absl::StrCat("but for ", absl::StrJoin(verdict.leaf_names, ", ")),
      ": issue it with subjectAltName ", by_name ? "DNS:" : "IP:", wanted,
      IdentityHint(verdict, by_name, wanted, peer.host));
}

v1::ErrorReason ReasonFor(Kind kind) {
  switch (kind) {
    case Kind::kExpired:
      return v1::ERROR_REASON_TLS_EXPIRED;
    case Kind::kIdentity:
      return v1::ERROR_REASON_TLS_IDENTITY_MISMATCH;
    case Kind::kUntrusted:
      break;
  }
  return v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN;
}

std::string AlertName(int alert) {
  // OpenSSL 3.0 has no text for this one.
  if (alert == SSL_AD_CERTIFICATE_REQUIRED) return "certificate required";
  return SSL_alert_desc_string_long(alert);
}

std::string AlertText(const TlsHandshakeFacts& facts) {
  if (facts.alert_received >= 0) {
    return absl::StrCat("the datastore ended the handshake with the alert \"",
                        AlertName(facts.alert_received), "\"");
  }
  if (facts.alert_sent >= 0) {
    return absl::StrCat("this device ended the handshake with the alert \"",
                        AlertName(facts.alert_sent), "\"");
  }
  return "the handshake failed";
}

std::string AdviceFor(const TlsHandshakeFacts& facts,
                      absl::string_view detail) {
  const int alert =
      facts.alert_received >= 0 ? facts.alert_received : facts.alert_sent;
  if (alert == SSL_AD_PROTOCOL_VERSION ||
      absl::StrContains(detail, "unsupported protocol")) {
    return "it must speak TLS 1.2 or newer";
  }
  if (absl::StrContains(detail, "wrong version number")) {
    return "what answers on that port does not speak TLS: check port and "
           "scheme";
  }
  if (facts.client_certificate_wanted && facts.alert_received >= 0) {
    return facts.client_certificate_sent
               ? "it was shown this device's client certificate: check that "
                 "its CA is the one that the datastore trusts, and that it "
                 "has not expired"
               : "it wants a client certificate: give client_certificate_pem "
                 "and client_key_pem";
  }
  if (facts.alert_received == SSL_AD_UNRECOGNIZED_NAME) {
    return "it does not know the name it was asked for: check its server "
           "name";
  }
  if (alert == SSL_AD_HANDSHAKE_FAILURE) {
    return "it offers no cipher, key or group that is strong enough, or none "
           "in common";
  }
  return "check the TLS settings of the datastore";
}

}  // namespace

absl::Status VerdictError(const TlsPolicy& policy, const TlsPeer& peer,
                          const TlsVerdict& verdict) {
  std::vector<std::string> texts;
  const Problem* first = nullptr;
  for (const Kind kind : {Kind::kUntrusted, Kind::kExpired, Kind::kIdentity}) {
    const Problem* const problem = FirstOf(verdict, kind);
    if (problem == nullptr) continue;
    if (first == nullptr) first = problem;
    texts.push_back(kind == Kind::kUntrusted ? UntrustedText(policy, *problem)
                    : kind == Kind::kExpired
                        ? ExpiredText(verdict, *problem)
                        : IdentityText(policy, peer, verdict));
  }
  if (first == nullptr) {
    return MakeError(v1::ERROR_REASON_INTERNAL,
                     "a certificate was refused without a reason");
  }
  ErrorMetadata metadata = PeerMetadata(peer);
  metadata.push_back({"subject", verdict.leaf_subject});
  metadata.push_back({"names", absl::StrJoin(verdict.leaf_names, ", ")});
  metadata.push_back({"detail", X509_verify_cert_error_string(first->error)});
  if (first->kind == Kind::kExpired) {
    metadata.push_back({"not_before", TimeText(first->not_before)});
    metadata.push_back({"not_after", TimeText(first->not_after)});
    metadata.push_back({"now", TimeText(verdict.now)});
  }
  return MakeError(ReasonFor(first->kind),
                   absl::StrCat("TLS with ", PeerText(peer), ": ",
                                absl::StrJoin(texts, "; and ")),
                   metadata);
}

absl::Status HandshakeError(const TlsPeer& peer, const TlsHandshakeFacts& facts,
                            absl::string_view detail) {
  ErrorMetadata metadata = PeerMetadata(peer);
  metadata.push_back({"detail", std::string(detail)});
  return MakeError(
      v1::ERROR_REASON_TLS_FAILED,
      absl::StrCat("TLS with ", PeerText(peer), ": ", AlertText(facts), ": ",
                   AdviceFor(facts, detail), " (", detail, ")"),
      metadata);
}

}  // namespace localstore::fetcher
