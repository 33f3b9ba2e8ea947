#include "client/terminal/signal_relay.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace localstore::client {
namespace {

bool IsIgnored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 &&
         action.sa_handler == SIG_IGN;
}

}  // namespace

SignalRelay::SignalRelay(std::map<int, std::function<void()>> handlers)
    : handlers_(std::move(handlers)) {
  sigemptyset(&signals_);
  for (const auto& entry : handlers_) {
    if (!IsIgnored(entry.first)) sigaddset(&signals_, entry.first);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  descriptor_ = signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { Relay(); });
}

SignalRelay::~SignalRelay() {
  const uint64_t one = 1;
  while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  close(descriptor_);
  close(wake_);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void SignalRelay::Relay() {
  std::array<pollfd, 2> watched{{{descriptor_, POLLIN, 0}, {wake_, POLLIN, 0}}};
  while (true) {
    if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
    if (watched[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(descriptor_, &info, sizeof info) != sizeof info) continue;
    const auto handler = handlers_.find(static_cast<int>(info.ssi_signo));
    if (handler != handlers_.end()) handler->second();
  }
}

}  // namespace localstore::client
