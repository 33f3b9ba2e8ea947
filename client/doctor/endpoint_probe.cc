#include "client/doctor/endpoint_probe.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/doctor/local_end.h"
#include "client/doctor/sigpipe_guard.h"

namespace localstore::client {
namespace {

using Outcome = ProbeAnswer::Outcome;
// NOLINTNEXTLINE(google-runtime-int): what libcurl's options and answers are.
using CurlLong = long;

struct Attempt {
  const ProbeQuestion& question;
  ProbeAnswer answer;
  int bind_error = 0;
  bool was_connected = false;
};

// Any certificate is let through: what is wrong with it is to be told, not to
// end the probe.
int OnCertificate(X509_STORE_CTX* context, void* data) {
  auto* attempt = static_cast<Attempt*>(data);
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  if (leaf != nullptr) {
    attempt->answer.certificate =
        InspectCertificate(leaf, X509_STORE_CTX_get0_untrusted(context),
                           attempt->question.endpoint.address(),
                           attempt->question.host, attempt->question.ca_pem);
  }
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

CURLcode OnTlsContext(CURL*, void* tls_context, void* data) {
  SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(tls_context),
                                   &OnCertificate, data);
  return CURLE_OK;
}

curl_socket_t OnOpenSocket(void* data, curlsocktype, curl_sockaddr* address) {
  auto* attempt = static_cast<Attempt*>(data);
  const v1::Endpoint& endpoint = attempt->question.endpoint;
  const int descriptor = BoundSocket(address->family, endpoint.bridge(),
                                     endpoint.source_address());
  if (descriptor < 0) attempt->bind_error = errno;
  return descriptor < 0 ? CURL_SOCKET_BAD : descriptor;
}

// libcurl tells how long connecting took only once TLS is there as well.
int OnCloseSocket(void* data, curl_socket_t descriptor) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  auto* attempt = static_cast<Attempt*>(data);
  attempt->was_connected =
      attempt->was_connected ||
      getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  return close(descriptor);
}

// The head of the answer is all that is wanted.
size_t RefuseBody(char*, size_t, size_t, void*) { return 0; }

std::string UrlOf(const ProbeQuestion& question) {
  const std::string& address = question.endpoint.address();
  const bool v6 = absl::StrContains(address, ':');
  return absl::StrCat(question.scheme, "://", v6 ? "[" : "", address,
                      v6 ? "]" : "", ":", question.port, "/");
}

void SetOptions(CURL* curl, Attempt& attempt, char* error) {
  const ProbeQuestion& question = attempt.question;
  curl_easy_setopt(curl, CURLOPT_URL, UrlOf(question).c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  // As the service itself asks; some small servers do not know HEAD.
  curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(curl, CURLOPT_RANGE, "0-0");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "localstorectl-doctor");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &RefuseBody);
  curl_easy_setopt(
      curl, CURLOPT_TIMEOUT_MS,
      static_cast<CurlLong>(absl::ToInt64Milliseconds(question.timeout)));
  curl_easy_setopt(curl, CURLOPT_ADDRESS_SCOPE,
                   static_cast<CurlLong>(question.endpoint.bridge_index()));
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &attempt);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, &OnCloseSocket);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, &attempt);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, &OnTlsContext);
  curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &attempt);
}

// 0 before there is an answer.
int HttpStatus(CURL* curl) {
  CurlLong status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

Outcome OutcomeOf(CURL* curl, CURLcode code, const Attempt& attempt) {
  if (code == CURLE_OK || HttpStatus(curl) != 0) return Outcome::kAnswered;
  const bool may_be_unconnected =
      code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT;
  if (may_be_unconnected && !attempt.was_connected) {
    CurlLong os_error = 0;
    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
    return os_error == ECONNREFUSED ? Outcome::kRefused : Outcome::kNoAnswer;
  }
  curl_off_t tls_after = 0;
  curl_easy_getinfo(curl, CURLINFO_APPCONNECT_TIME_T, &tls_after);
  const bool in_tls = attempt.question.scheme == "https" && tls_after == 0;
  return in_tls ? Outcome::kTlsFailed : Outcome::kNotHttp;
}

}  // namespace

std::string NetworkProber::WhyNotFromHere(const v1::Endpoint& endpoint) {
  if (HasAddress(endpoint.bridge(), endpoint.source_address())) return "";
  return absl::StrCat(
      endpoint.source_address(), " on ", endpoint.bridge(),
      " is no address of the machine or network namespace that localstorectl "
      "runs in; run it on the device, where localstored runs");
}

ProbeAnswer NetworkProber::Probe(const ProbeQuestion& question) {
  const SigpipeGuard guard;
  Attempt attempt{question, ProbeAnswer()};
  char error[CURL_ERROR_SIZE] = "";
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(
      curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) {
    attempt.answer.detail = "libcurl could not be started";
    return attempt.answer;
  }
  SetOptions(curl.get(), attempt, error);
  const CURLcode code = curl_easy_perform(curl.get());
  if (attempt.bind_error != 0) {
    attempt.answer.detail =
        absl::StrCat("cannot use ", question.endpoint.source_address(), ": ",
                     std::generic_category().message(attempt.bind_error));
    return attempt.answer;
  }
  attempt.answer.outcome = OutcomeOf(curl.get(), code, attempt);
  if (attempt.answer.outcome == Outcome::kAnswered) {
    attempt.answer.http_status = HttpStatus(curl.get());
  } else {
    attempt.answer.detail =
        *error == '\0' ? curl_easy_strerror(code) : std::string(error);
  }
  return attempt.answer;
}

}  // namespace localstore::client
