#include "server/systemd/notifier.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <cstdlib>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

bool SomebodyListens() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the variables do not change now.
  const char* socket = std::getenv("NOTIFY_SOCKET");
  return socket != nullptr && *socket != '\0';
}

absl::Duration WantedInterval() {
  uint64_t microseconds = 0;
  if (!SomebodyListens() || sd_watchdog_enabled(0, &microseconds) <= 0) {
    return absl::InfiniteDuration();
  }
  return absl::Microseconds(microseconds);
}

// What systemd compares with its own reading of the clock.
int64_t MonotonicMicroseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::ToInt64Microseconds(absl::DurationFromTimespec(now));
}

std::string StatusLine(absl::string_view status) {
  return absl::StrCat("STATUS=", absl::StrReplaceAll(status, {{"\n", " "}}));
}

}  // namespace

Notifier::Notifier()
    : active_(SomebodyListens()), watchdog_interval_(WantedInterval()) {}

void Notifier::Ready(absl::string_view status) {
  Send(absl::StrCat("READY=1\n", StatusLine(status)));
}

void Notifier::Reloading() {
  Send(absl::StrCat("RELOADING=1\nMONOTONIC_USEC=", MonotonicMicroseconds(),
                    "\nSTATUS=reading the configuration again"));
}

void Notifier::Stopping(absl::string_view status) {
  Send(absl::StrCat("STOPPING=1\n", StatusLine(status)));
}

void Notifier::Status(absl::string_view status) { Send(StatusLine(status)); }

void Notifier::Ping() { Send("WATCHDOG=1"); }

void Notifier::Send(const std::string& state) const {
  if (!active_) return;
  const int sent = sd_notify(0, state.c_str());
  if (sent >= 0) return;
  LogWarning("cannot tell systemd of the state",
             {{"error", std::generic_category().message(-sent)}});
}

}  // namespace localstore::server
