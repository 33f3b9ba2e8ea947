// Accepts connections on gRPC's behalf, which bounds neither their number nor
// survives, as a listener, that no descriptor is left for one.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace localstore::server {

class Acceptor {
 public:
  struct Source {
    int listening = -1;  // not owned
    // Takes the accepted descriptor: non-blocking, closed on exec.
    std::function<void(int descriptor)> take;
  };

  // Accepts at each source from now on, on a thread of its own. Errors:
  // INTERNAL when the thread's means cannot be had.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Start(
      std::vector<Source> sources);

  // Accepts no more; nothing is taken any more when it returns.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

 private:
  Acceptor(std::vector<Source> sources, int stop_event);

  void Run();
  static bool AcceptAll(const Source& source);

  const std::vector<Source> sources_;
  const int stop_event_;
  std::thread thread_;
};

}  // namespace localstore::server
