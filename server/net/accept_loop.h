// Accepts connections at a listening socket, on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"

namespace localstore::server {

class AcceptLoop {
 public:
  // Hands each connection, non-blocking and closed on exec, to `take`, which
  // owns it from then on. `listening` must be non-blocking and stay open while
  // the loop is there. Errors: INTERNAL when the thread's means cannot be had.
  static absl::StatusOr<std::unique_ptr<AcceptLoop>> Start(
      int listening, std::function<void(int)> take);

  // Accepts no more; waits for `take` if it runs.
  ~AcceptLoop();
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;

 private:
  AcceptLoop(int listening, int stop_event, std::function<void(int)> take);

  void Run();
  void AcceptAll();

  const int listening_;
  const int stop_event_;
  const std::function<void(int)> take_;
  std::thread thread_;
};

}  // namespace localstore::server
