// Pings systemd's watchdog while everything that must go on does.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/systemd/notifier.h"

namespace localstore::server {

// Something that must go on: a thread with a loop, say.
struct LivenessProbe {
  std::string name;
  // Returns true when it goes on; may block as long as it does not. Called on a
  // thread of its own, again and again.
  std::function<bool()> is_alive;
};

class Watchdog {
 public:
  struct Options {
    // How often the probes are asked; a ping goes out as often. A probe that
    // has not said yes for twice as long holds the pings back.
    absl::Duration period;
    // Whether systemd wants pings; without, only the status is reported.
    bool ping = true;
  };

  // A third of what systemd wants; ten seconds when it wants none.
  static Options OptionsFor(const Notifier& notifier);

  // `status` tells, in a line for people, what the service does; it is asked
  // as often and sent when it has changed. `notifier` must outlive this.
  Watchdog(const Options& options, std::vector<LivenessProbe> probes,
           std::function<std::string()> status, Notifier* notifier);

  // Waits for the probes to return.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  struct Watched {
    LivenessProbe probe;
    std::thread thread;
    absl::Duration last_alive;  // by a monotonic clock; guarded by mutex_
    bool late = false;          // guarded by mutex_
  };

  void Ask(Watched* watched) ABSL_LOCKS_EXCLUDED(mutex_);
  void Report() ABSL_LOCKS_EXCLUDED(mutex_);
  bool AllAlive(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True when it is time to end.
  bool WaitForEnd(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  const std::function<std::string()> status_;
  Notifier* const notifier_;
  absl::Mutex mutex_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::unique_ptr<Watched>> watched_;
  std::string last_status_;  // of the reporting thread
  std::thread reporter_;
};

}  // namespace localstore::server
