#include "server/access/reset_guard.h"

#include <atomic>
#include <chrono>
#include <utility>

#include "grpcpp/server_context.h"

namespace localstore::server {
namespace {

namespace interception = grpc::experimental;
using Clock = std::chrono::steady_clock;

constexpr absl::Duration kWindow = absl::Seconds(1);
// Who resets a call later than this, or once something was answered, wanted
// something.
constexpr Clock::duration kAtOnce = std::chrono::milliseconds(100);

class Watch : public interception::Interceptor {
 public:
  Watch(ResetGuard* guard, const grpc::ServerContextBase* context)
      : guard_(guard), context_(context), begin_(Clock::now()) {}

  void Intercept(interception::InterceptorBatchMethods* methods) override {
    using Point = interception::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(Point::POST_RECV_MESSAGE)) {
      OnMessage(methods->GetRecvMessage() != nullptr);
    }
    if (methods->QueryInterceptionHookPoint(Point::POST_SEND_MESSAGE)) {
      if (methods->GetSendMessageStatus()) answered_ = true;
    }
    if (methods->QueryInterceptionHookPoint(Point::POST_RECV_CLOSE)) OnClose();
    methods->Proceed();
  }

 private:
  // That there is none is known long before the end of the call, when many come
  // at once.
  void OnMessage(bool there) {
    if (!there && !received_) Note(ResetGuard::kWithoutRequest);
    if (there) received_ = true;
  }

  // Whose deadline has passed has not reset anything.
  void OnClose() {
    if (!answered_ && context_->IsCancelled() &&
        context_->deadline() > std::chrono::system_clock::now() &&
        Clock::now() - begin_ < kAtOnce) {
      Note(1);
    }
  }

  void Note(int count) {
    if (!noted_.exchange(true)) guard_->Note(context_->peer(), count);
  }

  ResetGuard* const guard_;
  const grpc::ServerContextBase* const context_;
  const Clock::time_point begin_;
  // Messages come, go out and end on several threads.
  std::atomic<bool> received_{false};
  std::atomic<bool> answered_{false};
  std::atomic<bool> noted_{false};
};

class WatchFactory : public interception::ServerInterceptorFactoryInterface {
 public:
  explicit WatchFactory(ResetGuard* guard) : guard_(guard) {}

  interception::Interceptor* CreateServerInterceptor(
      interception::ServerRpcInfo* info) override {
    return new Watch(guard_, info->server_context());
  }

 private:
  ResetGuard* const guard_;
};

}  // namespace

ResetGuard::ResetGuard(
    std::function<std::string(const std::string& peer)> client_of,
    std::function<void(const std::string& client)> expel, const Timer* timer)
    : client_of_(std::move(client_of)),
      expel_(std::move(expel)),
      timer_(timer) {}

std::unique_ptr<interception::ServerInterceptorFactoryInterface>
ResetGuard::MakeWatch() {
  return std::make_unique<WatchFactory>(this);
}

void ResetGuard::Note(const std::string& peer, int count) {
  const std::string client = client_of_(peer);
  {
    absl::MutexLock lock(&mutex_);
    const absl::Duration now = timer_->Elapsed();
    if (now - window_ >= kWindow) {
      window_ = now;
      resets_.clear();
    }
    if ((resets_[client] += count) <= kMaxResets) return;
    resets_.erase(client);
  }
  expel_(client);
}

}  // namespace localstore::server
