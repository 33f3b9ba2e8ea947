#include "server/net/acceptor.h"

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
// How many to accept at one address before the others have their turn.
constexpr int kBatch = 64;

}  // namespace

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Start(
    std::vector<Source> sources) {
  const int stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_event < 0) {
    return MakeError(
        v1::ERROR_REASON_INTERNAL,
        absl::StrCat("eventfd: ", std::generic_category().message(errno)));
  }
  return std::unique_ptr<Acceptor>(
      new Acceptor(std::move(sources), stop_event));
}

Acceptor::Acceptor(std::vector<Source> sources, int stop_event)
    : sources_(std::move(sources)),
      stop_event_(stop_event),
      thread_([this] { Run(); }) {}

Acceptor::~Acceptor() {
  const uint64_t one = 1;
  // Cannot fail: the counter is far from its limit.
  [[maybe_unused]] const ssize_t written =
      write(stop_event_, &one, sizeof(one));
  thread_.join();
  close(stop_event_);
}

void Acceptor::Run() {
  std::vector<pollfd> waiting = {{stop_event_, POLLIN, 0}};
  for (const Source& source : sources_) {
    waiting.push_back({source.listening, POLLIN, 0});
  }
  bool warned = false;
  while (true) {
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) {
      LogError("cannot wait for connections",
               {{"error", std::generic_category().message(errno)}});
      return;
    }
    if (waiting[0].revents != 0) return;
    bool failed = false;
    int error = 0;
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (waiting[i + 1].revents == 0 || AcceptAll(sources_[i])) continue;
      failed = true;
      error = errno;
    }
    if (failed) {
      if (!warned) {
        LogWarning("cannot accept a connection; trying on",
                   {{"error", std::generic_category().message(error)}});
      }
      poll(waiting.data(), 1, kRetryMilliseconds);
    }
    warned = failed;
  }
}

// False, with errno, when connections have to be left waiting.
bool Acceptor::AcceptAll(const Source& source) {
  for (int i = 0; i < kBatch; ++i) {
    const int accepted = accept4(source.listening, nullptr, nullptr,
                                 SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted >= 0) {
      source.take(accepted);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return true;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
               errno == ENOMEM) {
      return false;
    }
    // Else it is the connection that has failed (accept(2)): the next, please.
  }
  return true;
}

}  // namespace localstore::server
