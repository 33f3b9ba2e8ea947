#include "fetcher/tls_handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fetcher/tls_error.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

// What OpenSSL's callbacks fill, one after another, on the network thread.
struct TlsHandshake::State {
  State(std::shared_ptr<const TlsPolicy> p, TlsPeer who)
      : policy(std::move(p)), peer(std::move(who)) {}

  // SSL_CTX_set_cert_verify_callback: decides in place of OpenSSL, whatever
  // store and flags the SSL_CTX has got from elsewhere.
  static int Verify(X509_STORE_CTX* context, void* self) {
    auto* const state = static_cast<State*>(self);
    state->verdict = VerifyCertificate(
        *state->policy, state->peer, X509_STORE_CTX_get0_cert(context),
        X509_STORE_CTX_get0_untrusted(context), absl::Now());
    if (state->verdict->accepted) {
      X509_STORE_CTX_set_error(context, X509_V_OK);
      return 1;
    }
    X509_STORE_CTX_set_error(context, state->verdict->problems.front().error);
    return 0;
  }

  // SSL_CTX_set_cert_cb: runs when the datastore asks for a certificate.
  static int OnCertificateWanted(SSL* /*connection*/, void* self) {
    static_cast<State*>(self)->facts.client_certificate_wanted = true;
    return 1;
  }

  static void OnInfo(const SSL* connection, int where, int value) {
    State* const state = Of(SSL_get_SSL_CTX(connection));
    const bool fatal = (value >> 8) == SSL3_AL_FATAL;
    if (state == nullptr || (where & SSL_CB_ALERT) == 0 || !fatal) return;
    int& alert = (where & SSL_CB_READ) != 0 ? state->facts.alert_received
                                            : state->facts.alert_sent;
    alert = value & 0xff;
  }

  // The SSL_CTX shares ownership: it may outlive the TlsHandshake within curl.
  static int ContextIndex() {
    static const int index = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void* /*parent*/, void* shared, CRYPTO_EX_DATA* /*data*/,
           // NOLINTNEXTLINE(google-runtime-int): the type is OpenSSL's.
           int /*index*/, long /*argl*/, void* /*argp*/) {
          delete static_cast<std::shared_ptr<State>*>(shared);
        });
    return index;
  }
  static State* Of(SSL_CTX* context) {
    auto* const shared = static_cast<std::shared_ptr<State>*>(
        SSL_CTX_get_ex_data(context, ContextIndex()));
    return shared == nullptr ? nullptr : shared->get();
  }

  static bool Configure(const std::shared_ptr<State>& state, SSL_CTX* context) {
    state->verdict.reset();
    state->facts = {};
    state->facts.client_certificate_sent =
        state->peer.present_client_certificate &&
        state->policy->has_client_certificate();
    auto shared = std::make_unique<std::shared_ptr<State>>(state);
    if (SSL_CTX_set_ex_data(context, ContextIndex(), shared.get()) != 1) {
      return false;
    }
    State* const self = shared.release()->get();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &State::Verify, self);
    SSL_CTX_set_cert_cb(context, &State::OnCertificateWanted, self);
    SSL_CTX_set_info_callback(context, &State::OnInfo);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return state->policy->ConfigureContext(
        context, state->peer.present_client_certificate);
  }

  const std::shared_ptr<const TlsPolicy> policy;
  const TlsPeer peer;
  absl::optional<TlsVerdict> verdict;
  TlsHandshakeFacts facts;
};

namespace {

template <typename T>
bool Set(CURL* handle, CURLoption option, T value) {
  return curl_easy_setopt(handle, option, value) == CURLE_OK;
}

// The peer went away in mid-handshake: nothing of TLS, and it may pass.
bool IsBrokenConnection(absl::string_view curl_text) {
  return absl::StartsWith(curl_text, "OpenSSL SSL_connect:") ||
         absl::StrContains(curl_text, "unexpected eof") ||
         absl::StrContains(curl_text, "Connection reset") ||
         absl::StrContains(curl_text, "timed out");
}

bool IsAboutClientCertificate(const TlsHandshakeFacts& facts) {
  if (!facts.client_certificate_wanted) return false;
  switch (facts.alert_received) {
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_DECRYPT_ERROR:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

}  // namespace

TlsHandshake::TlsHandshake(std::shared_ptr<const TlsPolicy> policy,
                           TlsPeer peer)
    : state_(std::make_shared<State>(std::move(policy), std::move(peer))) {}

TlsHandshake::~TlsHandshake() = default;

CURLcode TlsHandshake::OnSslContext(CURL* /*handle*/, void* ssl_context,
                                    void* self) {
  const auto* const handshake = static_cast<TlsHandshake*>(self);
  return State::Configure(handshake->state_, static_cast<SSL_CTX*>(ssl_context))
             ? CURLE_OK
             : CURLE_SSL_CONNECT_ERROR;
}

absl::Status TlsHandshake::Install(CURL* handle) {
  const bool installed =
      Set(handle, CURLOPT_SSL_VERIFYPEER, 1L) &&
      Set(handle, CURLOPT_SSL_VERIFYHOST, 0L) &&
      Set(handle, CURLOPT_SSLVERSION, 0L + CURL_SSLVERSION_TLSv1_2) &&
      Set(handle, CURLOPT_CAINFO, static_cast<const char*>(nullptr)) &&
      Set(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr)) &&
      Set(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L) &&
      Set(handle, CURLOPT_FRESH_CONNECT, 1L) &&
      Set(handle, CURLOPT_FORBID_REUSE, 1L) &&
      Set(handle, CURLOPT_SSL_CTX_FUNCTION, &TlsHandshake::OnSslContext) &&
      Set(handle, CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
  if (installed) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_INTERNAL,
                   "libcurl refuses the TLS options: it must be the one built "
                   "with OpenSSL");
}

absl::optional<absl::Status> TlsHandshake::Failure(
    CURLcode code, absl::string_view curl_text) const {
  if (code == CURLE_OK) return absl::nullopt;
  if (state_->verdict.has_value() && !state_->verdict->accepted) {
    return VerdictError(*state_->policy, state_->peer, *state_->verdict);
  }
  // In TLS 1.3 the datastore judges this device's certificate after the
  // handshake is over on this side; any other alert by then is a broken
  // connection.
  if (verified() && !IsAboutClientCertificate(state_->facts)) {
    return absl::nullopt;
  }
  if (state_->facts.alert_received >= 0 || state_->facts.alert_sent >= 0) {
    return HandshakeError(state_->peer, state_->facts, curl_text);
  }
  const bool of_tls =
      code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CERTPROBLEM ||
      code == CURLE_SSL_CIPHER || code == CURLE_PEER_FAILED_VERIFICATION ||
      code == CURLE_SSL_ENGINE_INITFAILED || code == CURLE_SSL_CLIENTCERT ||
      code == CURLE_SSL_INVALIDCERTSTATUS;
  if (!of_tls || IsBrokenConnection(curl_text)) return absl::nullopt;
  return HandshakeError(state_->peer, state_->facts, curl_text);
}

bool TlsHandshake::verified() const {
  return state_->verdict.has_value() && state_->verdict->accepted;
}

bool TlsHandshake::client_certificate_wanted() const {
  return state_->facts.client_certificate_wanted;
}

}  // namespace localstore::fetcher
