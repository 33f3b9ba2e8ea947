// Writing to a connection that the peer has closed is an error, not the end of
// the process.
#pragma once

#include <csignal>

namespace localstore::client {

// On its thread, while it lives. libcurl does the same only where it may change
// the whole process's handlers, which threads must not.
class SigpipeGuard {
 public:
  SigpipeGuard();
  ~SigpipeGuard();
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;

 private:
  sigset_t mask_before_{};
};

}  // namespace localstore::client
