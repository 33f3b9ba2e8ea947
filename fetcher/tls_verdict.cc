#include "fetcher/tls_verdict.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "fetcher/certificate_text.h"
#include "fetcher/openssl_ptr.h"

namespace localstore::fetcher {
namespace {

constexpr int kMaxIntermediates = 8;
constexpr int kSecurityLevel = 2;
// What one chain can have wrong and still be told.
constexpr size_t kMaxProblems = 16;

TlsVerdict::Kind KindOf(int error) {
  switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return TlsVerdict::Kind::kExpired;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsVerdict::Kind::kIdentity;
    default:
      return TlsVerdict::Kind::kUntrusted;
  }
}

void Note(TlsVerdict& verdict, int error, int depth, X509* certificate) {
  for (const TlsVerdict::Problem& known : verdict.problems) {
    if (known.error == error && known.depth == depth) return;
  }
  if (verdict.problems.size() == kMaxProblems) return;
  TlsVerdict::Problem problem;
  problem.kind = KindOf(error);
  problem.error = error;
  problem.depth = depth;
  if (certificate != nullptr) {
    problem.subject = NameText(X509_get_subject_name(certificate));
    problem.issuer = NameText(X509_get_issuer_name(certificate));
    problem.not_before = NotBefore(certificate);
    problem.not_after = NotAfter(certificate);
  }
  verdict.problems.push_back(std::move(problem));
}

// Goes on after an error, so that all that is wrong can be told at once. An
// error noted here is one: VerifyCertificate accepts only when there is none.
int CollectProblem(int ok, X509_STORE_CTX* context) {
  if (ok != 1) {
    auto* verdict =
        static_cast<TlsVerdict*>(X509_STORE_CTX_get_app_data(context));
    Note(*verdict, X509_STORE_CTX_get_error(context),
         X509_STORE_CTX_get_error_depth(context),
         X509_STORE_CTX_get_current_cert(context));
  }
  return 1;
}

bool RequireAddress(X509_VERIFY_PARAM* param, absl::string_view address) {
  const std::string bare(
      address.substr(0, std::min(address.find('%'), address.size())));
  if (absl::StrContains(bare, '\0')) return false;
  unsigned char bytes[sizeof(in6_addr)];
  const size_t length = inet_pton(AF_INET, bare.c_str(), bytes) == 1    ? 4
                        : inet_pton(AF_INET6, bare.c_str(), bytes) == 1 ? 16
                                                                        : 0;
  return length != 0 && X509_VERIFY_PARAM_set1_ip(param, bytes, length) == 1;
}

// A leading dot would have OpenSSL accept every name beneath.
bool RequireHost(X509_VERIFY_PARAM* param, absl::string_view host) {
  return !host.empty() && host.front() != '.' &&
         X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1;
}

bool SetRules(X509_STORE_CTX* context, const TlsPolicy& policy,
              const TlsPeer& peer, absl::Time now) {
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(
      param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  X509_VERIFY_PARAM_set_depth(param, kMaxIntermediates);
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(now));
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                             X509_CHECK_FLAG_NO_WILDCARDS);
  return X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER) == 1 &&
         (policy.identity() == TlsIdentity::kHostName
              ? RequireHost(param, peer.host)
              : RequireAddress(param, peer.address));
}

bool IsIssuedByAnchor(const TlsPolicy& policy, X509* certificate) {
  const std::vector<X509Ptr>& given = policy.given();
  return std::any_of(given.begin(), given.end(), [&](const X509Ptr& anchor) {
    return X509_check_issued(anchor.get(), certificate) == X509_V_OK;
  });
}

// `sent` with what an anchor issued in front. Where an intermediate has been
// signed twice and both are sent, OpenSSL takes the first and never comes back
// for the other.
X509StackPtr AnchoredFirst(const TlsPolicy& policy, STACK_OF(X509) * sent) {
  X509StackPtr ordered(sk_X509_new_null());
  for (const bool anchored : {true, false}) {
    for (int i = 0; i < sk_X509_num(sent); ++i) {
      X509* const certificate = sk_X509_value(sent, i);
      if (IsIssuedByAnchor(policy, certificate) == anchored &&
          sk_X509_push(ordered.get(), certificate) <= 0) {
        return nullptr;
      }
    }
  }
  return ordered;
}

bool IsCa(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
}

}  // namespace

TlsVerdict VerifyCertificate(const TlsPolicy& policy, const TlsPeer& peer,
                             X509* leaf, STACK_OF(X509) * sent,
                             absl::Time now) {
  TlsVerdict verdict;
  verdict.now = now;
  if (leaf == nullptr) {
    Note(verdict, X509_V_ERR_INVALID_CALL, 0, nullptr);
    return verdict;
  }
  verdict.leaf_subject = NameText(X509_get_subject_name(leaf));
  verdict.leaf_common_name = CommonName(leaf);
  verdict.leaf_names = SubjectAltNames(leaf);

  const X509StackPtr chain = AnchoredFirst(policy, sent);
  const X509StoreCtxPtr context(X509_STORE_CTX_new());
  bool sound = chain != nullptr && context != nullptr &&
               X509_STORE_CTX_init(context.get(), policy.anchors(), leaf,
                                   chain.get()) == 1 &&
               X509_STORE_CTX_set_app_data(context.get(), &verdict) == 1 &&
               SetRules(context.get(), policy, peer, now);
  if (sound) {
    X509_STORE_CTX_set_verify_cb(context.get(), CollectProblem);
    sound = X509_verify_cert(context.get()) == 1;
  }
  // What ends verification without the callback has its code in the context.
  if (!sound && verdict.problems.empty()) {
    Note(verdict,
         context != nullptr && X509_STORE_CTX_get_error(context.get()) != 0
             ? X509_STORE_CTX_get_error(context.get())
             : X509_V_ERR_UNSPECIFIED,
         0, leaf);
  }
  if (IsCa(leaf) && !policy.IsPinned(leaf)) {
    Note(verdict, X509_V_ERR_APPLICATION_VERIFICATION, 0, leaf);
  }
  ERR_clear_error();
  verdict.accepted = sound && verdict.problems.empty();
  return verdict;
}

}  // namespace localstore::fetcher
