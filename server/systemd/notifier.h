// Tells systemd how the service is (sd_notify(3)).
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace localstore::server {

// Does nothing where NOTIFY_SOCKET is not set. Thread-safe.
class Notifier {
 public:
  // From the environment: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.
  Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // Whether somebody listens.
  bool active() const { return active_; }

  // A ping is wanted at least this often; infinite when none is.
  absl::Duration watchdog_interval() const { return watchdog_interval_; }

  // One line each, `status` is for people.
  void Ready(absl::string_view status);
  void Reloading();
  void Stopping(absl::string_view status);
  void Status(absl::string_view status);
  void Ping();

 private:
  void Send(const std::string& state) const;

  const bool active_;
  const absl::Duration watchdog_interval_;
};

}  // namespace localstore::server
