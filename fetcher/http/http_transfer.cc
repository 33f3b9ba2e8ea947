#include "fetcher/http/http_transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "fetcher/http/body_socket.h"
#include "fetcher/http/bound_socket.h"
#include "fetcher/http/http_error.h"
#include "fetcher/http/tls_body.h"
#include "fetcher/monotonic_clock.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

// NOLINTNEXTLINE(google-runtime-int): what libcurl's options and answers are.
using CurlLong = long;

constexpr CurlLong kReadBufferBytes = 256 << 10;
// Less than this is not worth a pause.
constexpr absl::Duration kShortestPause = absl::Milliseconds(5);
// Less is not worth a way of its own.
constexpr int64_t kDirectBytes = 256 << 10;

bool IsLinkLocal(const std::string& address) {
  in6_addr parsed = {};
  return inet_pton(AF_INET6, address.c_str(), &parsed) == 1 &&
         IN6_IS_ADDR_LINKLOCAL(&parsed);
}

// "::10.1.0.5:8080": any host and port of the URL -> this address.
std::string ConnectTo(const Peer& peer) {
  const bool v6 = absl::StrContains(peer.address, ':');
  return absl::StrCat("::", v6 ? "[" : "", peer.address, v6 ? "]" : "", ":",
                      peer.port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpTransfer>> HttpTransfer::Create(
    HttpRequest request, HttpReceiver* receiver) {
  std::unique_ptr<HttpTransfer> transfer(
      new HttpTransfer(std::move(request), receiver));
  absl::Status status = transfer->SetUp();
  if (!status.ok()) return status;
  return transfer;
}

HttpTransfer::HttpTransfer(HttpRequest request, HttpReceiver* receiver)
    : request_(std::move(request)),
      receiver_(receiver),
      stall_(request_.stall, MonotonicNow()),
      handle_(curl_easy_init()) {}

HttpTransfer::~HttpTransfer() = default;

template <typename T>
void HttpTransfer::Set(CURLoption option, T value) {
  set_up_ =
      curl_easy_setopt(handle_.get(), option, value) == CURLE_OK && set_up_;
}

absl::Status HttpTransfer::SetUp() {
  set_up_ = handle_ != nullptr;
  if (set_up_) SetConnection();
  if (set_up_) SetRequest();
  if (!set_up_) {
    return MakeError(v1::ERROR_REASON_INTERNAL,
                     "libcurl refuses the options of a transfer");
  }
  if (request_.tls_policy == nullptr) return absl::OkStatus();
  handshake_ =
      std::make_unique<TlsHandshake>(request_.tls_policy, request_.tls_peer);
  return handshake_->Install(handle_.get());
}

void HttpTransfer::SetConnection() {
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_ERRORBUFFER, error_text_);
  // An empty proxy overrides those in the environment.
  Set(CURLOPT_PROXY, "");
  Set(CURLOPT_NOPROXY, "*");
  Set(CURLOPT_FRESH_CONNECT, 1L);
  Set(CURLOPT_FORBID_REUSE, 1L);
  Set(CURLOPT_CONNECTTIMEOUT_MS,
      std::max<CurlLong>(absl::ToInt64Milliseconds(request_.connect_timeout),
                         1));
  Set(CURLOPT_TCP_KEEPALIVE, 1L);
  Set(CURLOPT_OPENSOCKETFUNCTION, &HttpTransfer::OpenSocket);
  Set(CURLOPT_OPENSOCKETDATA, this);
  connect_to_.reset(
      curl_slist_append(nullptr, ConnectTo(request_.peer).c_str()));
  Set(CURLOPT_CONNECT_TO, connect_to_.get());
  if (IsLinkLocal(request_.endpoint.address)) {
    Set(CURLOPT_ADDRESS_SCOPE,
        static_cast<CurlLong>(request_.endpoint.bridge_index));
  }
}

void HttpTransfer::SetRequest() {
  Set(CURLOPT_URL, request_.url.c_str());
  Set(CURLOPT_PATH_AS_IS, 1L);
  // HTTP/2 gains nothing where each connection has one request, and its windows
  // would hold many times what a transfer may.
  Set(CURLOPT_HTTP_VERSION, static_cast<CurlLong>(CURL_HTTP_VERSION_1_1));
  // https never goes without a policy.
  Set(CURLOPT_PROTOCOLS_STR, request_.tls_policy == nullptr ? "http" : "https");
  Set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_USERAGENT, request_.user_agent.c_str());
  for (const std::string& field : request_.fields) {
    curl_slist* const longer = curl_slist_append(fields_.get(), field.c_str());
    if (longer == nullptr) set_up_ = false;
    if (fields_ == nullptr) fields_.reset(longer);
  }
  Set(CURLOPT_HTTPHEADER, fields_.get());
  Set(CURLOPT_BUFFERSIZE, kReadBufferBytes);
  Set(CURLOPT_HEADERFUNCTION, &HttpTransfer::HeaderCallback);
  Set(CURLOPT_HEADERDATA, this);
  Set(CURLOPT_WRITEFUNCTION, &HttpTransfer::BodyCallback);
  Set(CURLOPT_WRITEDATA, this);
}

curl_socket_t HttpTransfer::OpenSocket(void* self, curlsocktype /*purpose*/,
                                       curl_sockaddr* address) {
  auto* const transfer = static_cast<HttpTransfer*>(self);
  absl::StatusOr<UniqueFd> fd =
      OpenBoundSocket(transfer->request_.endpoint, address->family);
  if (fd.ok()) return transfer->socket_ = fd->Release();
  transfer->status_ = fd.status();
  return CURL_SOCKET_BAD;
}

size_t HttpTransfer::HeaderCallback(char* data, size_t size, size_t count,
                                    void* self) {
  return static_cast<HttpTransfer*>(self)->OnHeaderLine({data, size * count});
}

size_t HttpTransfer::OnHeaderLine(absl::string_view line) {
  const bool was_done = head_.done();
  absl::Status status = head_.AddLine(line);
  if (!status.ok()) {
    status = InContext(status, request_.peer.Describe());
  } else if (head_.done() && !was_done) {
    status = CheckVerified();
    if (status.ok()) status = receiver_->OnHead(head_.head());
    rest_ = head_.head().ContentLength();
  }
  if (status.ok()) return line.size();
  status_ = std::move(status);
  return CURL_WRITEFUNC_ERROR;
}

absl::Status HttpTransfer::CheckVerified() const {
  if (handshake_ == nullptr || handshake_->verified()) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_INTERNAL,
                   absl::StrCat(request_.peer.Describe(),
                                " answered before its certificate was "
                                "verified"),
                   request_.peer.Metadata());
}

size_t HttpTransfer::BodyCallback(char* data, size_t size, size_t count,
                                  void* self) {
  return static_cast<HttpTransfer*>(self)->OnBody({data, size * count});
}

size_t HttpTransfer::OnBody(absl::string_view bytes) {
  // libcurl takes what follows a 101 for a body.
  if (!head_.done()) {
    status_ = NoFinalResponse(v1::ERROR_REASON_HTTP_PROTOCOL);
    return CURL_WRITEFUNC_ERROR;
  }
  const absl::string_view fresh =
      bytes.substr(std::min(repeated_, bytes.size()));
  if (fresh.empty()) {
    repeated_ -= bytes.size();
    return bytes.size();
  }
  const absl::Time now = MonotonicNow();
  const auto count = static_cast<int64_t>(fresh.size());
  Admit(count, now);
  if (next_byte_ > now + kShortestPause) {
    Hold(now);
    return CURL_WRITEFUNC_PAUSE;
  }
  switch (receiver_->OnBody(fresh)) {
    case HttpReceiver::Taken::kAll:
      admitted_ -= count;
      stall_.OnBytes(count, now);
      from_curl_ += count;
      if (rest_.has_value()) *rest_ -= count;
      repeated_ = 0;
      if (!MayReadDirectly() || ReadByCurl() != from_curl_) return bytes.size();
      // Paused so, unlike by curl_easy_pause, libcurl does not read once more.
      handover_ = Handover::kAsked;
      repeated_ = bytes.size();
      return CURL_WRITEFUNC_PAUSE;
    case HttpReceiver::Taken::kLater:
      Hold(now);
      return CURL_WRITEFUNC_PAUSE;
    case HttpReceiver::Taken::kNever:
      break;
  }
  return CURL_WRITEFUNC_ERROR;
}

void HttpTransfer::Admit(int64_t bytes, absl::Time now) {
  // What was held back comes again, and was admitted before.
  const int64_t more = bytes - admitted_;
  if (more <= 0) return;
  admitted_ = bytes;
  for (RateLimiter* limiter : request_.limiters) {
    next_byte_ = std::max(next_byte_, limiter->Admit(more, now));
  }
}

// The whole rest can only be the body's, and nobody wants to know of bytes
// before they are read.
bool HttpTransfer::MayReadDirectly() const {
  return rest_.value_or(0) >= kDirectBytes && handover_ != Handover::kRefused &&
         std::none_of(request_.limiters.begin(), request_.limiters.end(),
                      [](const RateLimiter* l) { return l->limits(); });
}

int64_t HttpTransfer::ReadByCurl() const {
  curl_off_t bytes = -1;
  curl_easy_getinfo(handle_.get(), CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  return bytes;
}

curl_socket_t HttpTransfer::DirectSocket() {
  if (paused_ || ended_early_.has_value()) return CURL_SOCKET_BAD;
  switch (handover_) {
    case Handover::kNone:
    case Handover::kRefused:
      return CURL_SOCKET_BAD;
    case Handover::kAsked:
      handover_ = Handover::kSettling;
      return socket_;
    case Handover::kSettling:
      if (ReadByCurl() == from_curl_) direct_ = MakeReader();
      if (direct_ == nullptr) {
        handover_ = Handover::kRefused;
        LetCurlGoOn();
        return CURL_SOCKET_BAD;
      }
      handover_ = Handover::kDone;
      break;
    case Handover::kDone:
      // Never seen. What comes now would not follow what is there.
      if (ReadByCurl() != from_curl_) {
        absl::SNPrintF(error_text_, sizeof(error_text_),
                       "libcurl read though it was paused");
        ended_early_ = CURLE_RECV_ERROR;
        return CURL_SOCKET_BAD;
      }
      break;
  }
  return socket_;
}

// Null: libcurl has to go on.
std::unique_ptr<BodyReader> HttpTransfer::MakeReader() const {
  // libcurl may open several, and does not tell, before the end, which it uses.
  CurlLong port = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_LOCAL_PORT, &port);
  if (port == 0 || port != LocalPort(socket_)) return nullptr;
  if (handshake_ == nullptr) {
    return std::make_unique<BodySocket>(socket_, *rest_);
  }
  curl_tlssessioninfo* session = nullptr;
  curl_easy_getinfo(handle_.get(), CURLINFO_TLS_SSL_PTR, &session);
  if (session == nullptr || session->backend != CURLSSLBACKEND_OPENSSL ||
      session->internals == nullptr) {
    return nullptr;
  }
  return TlsBody::TakeOver(static_cast<SSL*>(session->internals), socket_,
                           *rest_);
}

void HttpTransfer::OnReadable() {
  if (direct_ == nullptr) return;
  const absl::Time now = MonotonicNow();
  const absl::Span<char> room = receiver_->Room();
  if (room.empty()) return Hold(now);
  const BodyReader::Result result = direct_->Read(room);
  if (result.code != CURLE_OK) {
    absl::SNPrintF(error_text_, sizeof(error_text_), "%s", result.cause);
    ended_early_ = result.code;
  } else if (result.bytes > 0) {
    stall_.OnBytes(static_cast<int64_t>(result.bytes), now);
    if (!receiver_->OnFilled(result.bytes)) {
      ended_early_ = CURLE_WRITE_ERROR;
    } else if (direct_->rest() == 0) {
      ended_early_ = CURLE_OK;
    }
  }
}

void HttpTransfer::Hold(absl::Time now) {
  paused_ = true;
  stall_.Hold(now);
}

void HttpTransfer::Unpause(absl::Time now) {
  paused_ = false;
  stall_.Release(now);
  if (direct_ == nullptr) LetCurlGoOn();
}

// Hands out what libcurl kept back, which may pause again, or fail.
void HttpTransfer::LetCurlGoOn() {
  const CURLcode code = curl_easy_pause(handle_.get(), CURLPAUSE_CONT);
  if (code != CURLE_OK) ended_early_ = code;
}

absl::Time HttpTransfer::OnTick(absl::Time now) {
  if (paused_ && next_byte_ <= now && receiver_->CanTake()) Unpause(now);
  JudgeProgress(now);
  AskReceiver();
  const absl::Time next_tick = now + kTick;
  return paused_ && next_byte_ > now ? std::min(next_byte_, next_tick)
                                     : next_tick;
}

void HttpTransfer::AskReceiver() {
  absl::Status status = receiver_->OnTick();
  if (status.ok() || ended_early_.has_value()) return;
  status_ = std::move(status);
  ended_early_ = CURLE_ABORTED_BY_CALLBACK;
}

void HttpTransfer::JudgeProgress(absl::Time now) {
  silent_ms_.store(
      paused_ ? 0 : absl::ToInt64Milliseconds(stall_.SilentFor(now)),
      std::memory_order_relaxed);
  if (paused_ || ended_early_.has_value()) return;
  const StallRule::Verdict verdict = stall_.Judge(now);
  if (verdict == StallRule::Verdict::kAlive) return;
  const StallRule::Limits& limits = request_.stall;
  const std::string what =
      verdict == StallRule::Verdict::kSilent
          ? absl::StrCat(" sent nothing for ",
                         absl::FormatDuration(limits.timeout))
          : absl::StrCat(" sent less than ", limits.min_bytes_per_second,
                         " bytes a second for ",
                         absl::FormatDuration(limits.window));
  status_ = MakeError(v1::ERROR_REASON_STALLED,
                      absl::StrCat(request_.peer.Describe(), what),
                      request_.peer.Metadata());
  ended_early_ = CURLE_OPERATION_TIMEDOUT;
}

absl::Status HttpTransfer::NoFinalResponse(v1::ErrorReason reason) const {
  return MakeError(
      reason, absl::StrCat(request_.peer.Describe(), " sent no final response"),
      request_.peer.Metadata());
}

absl::Status HttpTransfer::EndStatus(CURLcode code) const {
  if (!status_.ok()) return status_;
  if (code == CURLE_OK) {
    // libcurl takes a head that breaks off behind its first line for all.
    return head_.done() ? absl::OkStatus()
                        : NoFinalResponse(v1::ERROR_REASON_CONNECT_FAILED);
  }
  if (handshake_ != nullptr) {
    const absl::optional<absl::Status> failure =
        handshake_->Failure(code, error_text_);
    if (failure.has_value()) return *failure;
  }
  // So libcurl 7.88 calls a header field that is longer than it takes.
  if (code == CURLE_OUT_OF_MEMORY && !head_.done()) {
    return TransferError(CURLE_WEIRD_SERVER_REPLY, "a header field is too long",
                         0, request_.peer);
  }
  // And a trailer that is none.
  if (code == CURLE_BAD_FUNCTION_ARGUMENT && head_.done()) {
    return TransferError(CURLE_WEIRD_SERVER_REPLY, "a trailer has no colon", 0,
                         request_.peer);
  }
  CurlLong os_error = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_OS_ERRNO, &os_error);
  return TransferError(
      code, error_text_,
      code == CURLE_COULDNT_CONNECT ? static_cast<int>(os_error) : 0,
      request_.peer);
}

void HttpTransfer::OnEnd(CURLcode code) { receiver_->OnEnd(EndStatus(code)); }

}  // namespace localstore::fetcher
