#include "client/doctor/sigpipe_guard.h"

#include <ctime>

namespace localstore::client {
namespace {

sigset_t OnlySigpipe() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

SigpipeGuard::SigpipeGuard() {
  const sigset_t sigpipe = OnlySigpipe();
  pthread_sigmask(SIG_BLOCK, &sigpipe, &mask_before_);
}

SigpipeGuard::~SigpipeGuard() {
  // One that came meanwhile would strike as soon as it is let through.
  const sigset_t sigpipe = OnlySigpipe();
  const timespec at_once{};
  if (sigismember(&mask_before_, SIGPIPE) == 0) {
    while (sigtimedwait(&sigpipe, nullptr, &at_once) > 0) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace localstore::client
