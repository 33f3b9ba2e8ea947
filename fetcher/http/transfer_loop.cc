#include "fetcher/http/transfer_loop.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "fetcher/monotonic_clock.h"
#include "fetcher/pipeline/start_thread.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr int kIdlePollMs = 60'000;

// OpenSSL writes to sockets without MSG_NOSIGNAL.
void IgnoreBrokenPipes() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TransferLoop>> TransferLoop::Start() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* const multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) {
    return MakeError(v1::ERROR_REASON_INTERNAL, "libcurl does not start");
  }
  std::unique_ptr<TransferLoop> loop(new TransferLoop(multi));
  absl::StatusOr<std::thread> thread =
      StartThread("image-network", [raw = loop.get()] { raw->Run(); });
  if (!thread.ok()) return thread.status();
  loop->thread_ = *std::move(thread);
  return loop;
}

TransferLoop::TransferLoop(CURLM* multi) : multi_(multi) {}

TransferLoop::~TransferLoop() {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  curl_multi_wakeup(multi_.get());
  thread_.join();
}

void TransferLoop::Add(Transfer* transfer) {
  {
    absl::MutexLock lock(&mutex_);
    to_add_.push_back(transfer);
  }
  curl_multi_wakeup(multi_.get());
}

void TransferLoop::Remove(Transfer* transfer) {
  const auto removed = [this, transfer]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return std::find(to_remove_.begin(), to_remove_.end(), transfer) ==
           to_remove_.end();
  };
  absl::MutexLock lock(&mutex_);
  to_remove_.push_back(transfer);
  curl_multi_wakeup(multi_.get());
  mutex_.Await(absl::Condition(&removed));
}

void TransferLoop::Wake() {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(woken_, true)) return;
  }
  curl_multi_wakeup(multi_.get());
}

bool TransferLoop::Responds(absl::Duration patience) {
  uint64_t before = 0;
  {
    absl::MutexLock lock(&mutex_);
    before = rounds_;
  }
  Wake();
  absl::MutexLock lock(&mutex_);
  const auto came_round = [this, before]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return rounds_ != before;
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&came_round), patience);
}

void TransferLoop::Run() {
  IgnoreBrokenPipes();
  while (TakeCommands()) {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    CollectEnded();
    Tick();
    Poll();
  }
}

void TransferLoop::Poll() {
  std::vector<curl_waitfd> sockets;
  std::vector<Transfer*> readers;
  bool waits = true;
  for (const Running& running : running_) {
    const curl_socket_t socket = running.transfer->DirectSocket();
    if (socket == CURL_SOCKET_BAD) continue;
    sockets.push_back({socket, CURL_WAIT_POLLIN, 0});
    readers.push_back(running.transfer);
    waits = waits && !running.transfer->HasMore();
  }
  curl_multi_poll(multi_.get(), sockets.data(),
                  static_cast<unsigned int>(sockets.size()),
                  waits ? PollTimeoutMs() : 0, nullptr);
  for (size_t i = 0; i < readers.size(); ++i) {
    if (sockets[i].revents != 0 || readers[i]->HasMore()) {
      readers[i]->OnReadable();
    }
  }
  EndEarly();
}

bool TransferLoop::TakeCommands() {
  std::vector<Transfer*> to_add;
  std::vector<Transfer*> to_remove;
  {
    absl::MutexLock lock(&mutex_);
    ++rounds_;
    to_add.swap(to_add_);
    to_remove = to_remove_;
    tick_all_ = std::exchange(woken_, false);
  }
  for (Transfer* transfer : to_add) Begin(transfer);
  for (Transfer* transfer : to_remove) TakeOut(transfer);
  absl::MutexLock lock(&mutex_);
  // Only now, for that is what Remove waits for. Others may have come behind.
  to_remove_.erase(
      to_remove_.begin(),
      to_remove_.begin() + static_cast<ptrdiff_t>(to_remove.size()));
  return !ending_;
}

void TransferLoop::Begin(Transfer* transfer) {
  curl_easy_setopt(transfer->handle(), CURLOPT_PRIVATE, transfer);
  const CURLMcode code =
      curl_multi_add_handle(multi_.get(), transfer->handle());
  if (code != CURLM_OK) {
    transfer->OnEnd(CURLE_FAILED_INIT);
    return;
  }
  running_.push_back({transfer, MonotonicNow()});
}

void TransferLoop::TakeOut(Transfer* transfer) {
  const auto found =
      std::find_if(running_.begin(), running_.end(),
                   [&](const Running& r) { return r.transfer == transfer; });
  if (found == running_.end()) return;
  running_.erase(found);
  curl_multi_remove_handle(multi_.get(), transfer->handle());
}

void TransferLoop::End(Transfer* transfer, CURLcode code) {
  TakeOut(transfer);
  transfer->OnEnd(code);
}

void TransferLoop::CollectEnded() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    End(reinterpret_cast<Transfer*>(transfer), code);
  }
}

void TransferLoop::Tick() {
  const absl::Time now = MonotonicNow();
  for (Running& running : running_) {
    if (!tick_all_ && now < running.next_tick) continue;
    running.next_tick = running.transfer->OnTick(now);
  }
  EndEarly();
}

void TransferLoop::EndEarly() {
  std::vector<std::pair<Transfer*, CURLcode>> ended;
  for (const Running& running : running_) {
    const absl::optional<CURLcode> code = running.transfer->ended_early();
    if (code.has_value()) ended.emplace_back(running.transfer, *code);
  }
  for (const auto& [transfer, code] : ended) End(transfer, code);
}

int TransferLoop::PollTimeoutMs() const {
  absl::Duration wait = absl::Milliseconds(kIdlePollMs);
  const absl::Time now = MonotonicNow();
  for (const Running& running : running_) {
    wait = std::min(wait, running.next_tick - now);
  }
  // Up, for a wait of 0 ms until the time has come would spin.
  return static_cast<int>(absl::ToInt64Milliseconds(
      absl::Ceil(std::max(wait, absl::ZeroDuration()), absl::Milliseconds(1))));
}

}  // namespace localstore::fetcher
