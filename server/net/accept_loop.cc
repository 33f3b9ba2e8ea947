#include "server/net/accept_loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

// How long to leave a connection waiting when no descriptor is left for it.
constexpr int kRetryMilliseconds = 100;

}  // namespace

absl::StatusOr<std::unique_ptr<AcceptLoop>> AcceptLoop::Start(
    int listening, std::function<void(int)> take) {
  const int stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_event < 0) {
    return MakeError(
        v1::ERROR_REASON_INTERNAL,
        absl::StrCat("eventfd: ", std::generic_category().message(errno)));
  }
  return std::unique_ptr<AcceptLoop>(
      new AcceptLoop(listening, stop_event, std::move(take)));
}

AcceptLoop::AcceptLoop(int listening, int stop_event,
                       std::function<void(int)> take)
    : listening_(listening),
      stop_event_(stop_event),
      take_(std::move(take)),
      thread_([this] { Run(); }) {}

AcceptLoop::~AcceptLoop() {
  const uint64_t one = 1;
  // Cannot fail: the counter is far from its limit.
  [[maybe_unused]] const ssize_t written =
      write(stop_event_, &one, sizeof(one));
  thread_.join();
  close(stop_event_);
}

void AcceptLoop::Run() {
  pollfd waiting[] = {{stop_event_, POLLIN, 0}, {listening_, POLLIN, 0}};
  while (true) {
    if (poll(waiting, 2, -1) < 0 && errno != EINTR) {
      LogError("cannot wait for connections",
               {{"error", std::generic_category().message(errno)}});
      return;
    }
    if (waiting[0].revents != 0) return;
    if (waiting[1].revents != 0) AcceptAll();
  }
}

void AcceptLoop::AcceptAll() {
  while (true) {
    const int accepted =
        accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted >= 0) {
      take_(accepted);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    LogWarning("cannot accept a connection",
               {{"error", std::generic_category().message(errno)}});
    pollfd stop = {stop_event_, POLLIN, 0};
    poll(&stop, 1, kRetryMilliseconds);
    return;
  }
}

}  // namespace localstore::server
