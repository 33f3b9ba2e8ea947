// Signals, turned into tasks.
#pragma once

#include <signal.h>

#include <functional>
#include <map>
#include <thread>

namespace localstore::client {

// While it lives, the signals in `handlers` no longer act on the process;
// instead their handler runs on a thread of its own, and must not block.
// Signals that the process ignored before stay ignored. Create it before any
// other thread, so that all inherit the mask.
class SignalRelay {
 public:
  explicit SignalRelay(std::map<int, std::function<void()>> handlers);
  ~SignalRelay();
  SignalRelay(const SignalRelay&) = delete;
  SignalRelay& operator=(const SignalRelay&) = delete;

 private:
  void Relay();

  std::map<int, std::function<void()>> handlers_;
  sigset_t signals_{};
  sigset_t mask_before_{};
  int descriptor_ = -1;  // of signals
  int wake_ = -1;        // ends the thread
  std::thread thread_;
};

}  // namespace localstore::client
