// One GET over one connection, dialled as the endpoint says.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "curl/curl.h"
#include "fetcher/endpoint_source.h"
#include "fetcher/http/body_reader.h"
#include "fetcher/http/peer.h"
#include "fetcher/http/response_head.h"
#include "fetcher/http/transfer_loop.h"
#include "fetcher/rate_limiter.h"
#include "fetcher/stall_rule.h"
#include "fetcher/tls_handshake.h"
#include "fetcher/tls_policy.h"
#include "fetcher/tls_verdict.h"

namespace localstore::fetcher {

struct HttpRequest {
  // What is asked for. Its host is what Host and SNI carry, and is not looked
  // up: the endpoint is what is dialled.
  std::string url;
  Peer peer;
  Endpoint endpoint;
  std::vector<std::string> fields;  // "Range: bytes=5-"
  std::string user_agent;
  absl::Duration connect_timeout;  // TCP and TLS together
  StallRule::Limits stall;
  // Those that limit this transfer; they live as long as the transfer.
  std::vector<RateLimiter*> limiters;
  // For https; then both are needed.
  std::shared_ptr<const TlsPolicy> tls_policy;
  TlsPeer tls_peer;
};

// Who gets the response. Called on the network thread; must not block.
class HttpReceiver {
 public:
  virtual ~HttpReceiver() = default;
  // Called once, before any byte of the body. An error ends the transfer.
  virtual absl::Status OnHead(const ResponseHead& head) = 0;
  enum class Taken {
    kAll,
    kLater,  // none: again, with more perhaps, once CanTake
    kNever,  // ends the transfer; the receiver knows why
  };
  virtual Taken OnBody(absl::string_view bytes) = 0;
  virtual bool CanTake() = 0;
  // The same for bytes that are to be read right to where they are to be: in
  // what Room gives, which is empty when none can be taken now. False ends the
  // transfer; the receiver knows why.
  virtual absl::Span<char> Room() = 0;
  virtual bool OnFilled(size_t bytes) = 0;
  // Called every kTick at most, while the transfer runs. An error ends it.
  virtual absl::Status OnTick() = 0;
  // Called last. OK: the response is complete as far as HTTP can tell.
  virtual void OnEnd(const absl::Status& status) = 0;
};

// No proxy, no cookies, no .netrc, no redirects, nothing but http and https. A
// new connection, closed at the end. Made on any thread, then the loop's.
class HttpTransfer : public TransferLoop::Transfer {
 public:
  static constexpr absl::Duration kTick = absl::Milliseconds(50);

  // `receiver` must outlive it. Errors: INTERNAL, when libcurl
  // refuses.
  static absl::StatusOr<std::unique_ptr<HttpTransfer>> Create(
      HttpRequest request, HttpReceiver* receiver);
  ~HttpTransfer() override;

  const Peer& peer() const { return request_.peer; }
  const Endpoint& endpoint() const { return request_.endpoint; }
  // How long no byte has come while none was held back from this side, as of
  // the last tick. Any thread.
  absl::Duration SilentFor() const {
    return absl::Milliseconds(silent_ms_.load(std::memory_order_relaxed));
  }

  CURL* handle() override { return handle_.get(); }
  absl::Time OnTick(absl::Time now) override;
  curl_socket_t DirectSocket() override;
  bool HasMore() const override {
    return direct_ != nullptr && !paused_ && direct_->HasMore();
  }
  void OnReadable() override;
  void OnEnd(CURLcode code) override;
  absl::optional<CURLcode> ended_early() const override { return ended_early_; }

 private:
  struct FreeEasy {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  HttpTransfer(HttpRequest request, HttpReceiver* receiver);
  absl::Status SetUp();
  void SetConnection();
  void SetRequest();
  template <typename T>
  void Set(CURLoption option, T value);

  static size_t HeaderCallback(char* data, size_t size, size_t count,
                               void* self);
  static size_t BodyCallback(char* data, size_t size, size_t count, void* self);
  static curl_socket_t OpenSocket(void* self, curlsocktype purpose,
                                  curl_sockaddr* address);
  size_t OnHeaderLine(absl::string_view line);
  absl::Status CheckVerified() const;
  size_t OnBody(absl::string_view bytes);
  void Admit(int64_t bytes, absl::Time now);
  bool MayReadDirectly() const;
  int64_t ReadByCurl() const;
  std::unique_ptr<BodyReader> MakeReader() const;
  void LetCurlGoOn();
  void Hold(absl::Time now);
  void Unpause(absl::Time now);
  void AskReceiver();
  void JudgeProgress(absl::Time now);
  absl::Status NoFinalResponse(v1::ErrorReason reason) const;
  absl::Status EndStatus(CURLcode code) const;

  const HttpRequest request_;
  HttpReceiver* const receiver_;
  char error_text_[CURL_ERROR_SIZE] = {};
  std::unique_ptr<curl_slist, FreeList> fields_;
  std::unique_ptr<curl_slist, FreeList> connect_to_;
  bool set_up_ = true;

  ResponseHeadReader head_;
  absl::Status status_;  // why it was ended from this side
  absl::optional<CURLcode> ended_early_;
  StallRule stall_;
  std::unique_ptr<TlsHandshake> handshake_;  // none for http
  std::atomic<int64_t> silent_ms_{0};
  curl_socket_t socket_ = CURL_SOCKET_BAD;  // libcurl's
  absl::optional<int64_t> rest_;            // of the body, while libcurl reads
  int64_t from_curl_ = 0;                   // bytes of the body
  size_t repeated_ = 0;  // of what libcurl gives next: taken already
  // libcurl is made to pause first. It may have made up its mind to read once
  // more, and then would keep what it read: only when it has had its turn and
  // has read nothing is the socket ours.
  enum class Handover { kNone, kAsked, kSettling, kDone, kRefused };
  Handover handover_ = Handover::kNone;
  std::unique_ptr<BodyReader> direct_;  // since kDone
  bool paused_ = false;
  int64_t admitted_ = 0;  // bytes that the limiters have let in from next_byte_
  absl::Time next_byte_ = absl::InfinitePast();

  // After what it points into, before which it must go.
  std::unique_ptr<CURL, FreeEasy> handle_;
};

}  // namespace localstore::fetcher
