#include "server/systemd/watchdog.h"

#include <chrono>
#include <utility>

#include "server/logging/log.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kPeriodWithoutPings = absl::Seconds(10);
constexpr int kPeriodsUntilLate = 2;

// By a clock that nobody sets.
absl::Duration Elapsed() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

Watchdog::Options Watchdog::OptionsFor(const Notifier& notifier) {
  Options options;
  options.ping = notifier.watchdog_interval() < absl::InfiniteDuration();
  options.period =
      options.ping ? notifier.watchdog_interval() / 3 : kPeriodWithoutPings;
  return options;
}

Watchdog::Watchdog(const Options& options, std::vector<LivenessProbe> probes,
                   std::function<std::string()> status, Notifier* notifier)
    : options_(options), status_(std::move(status)), notifier_(notifier) {
  const absl::Duration now = Elapsed();
  for (LivenessProbe& probe : probes) {
    auto watched = std::make_unique<Watched>();
    watched->probe = std::move(probe);
    watched->last_alive = now;
    watched_.push_back(std::move(watched));
  }
  if (options_.ping) {
    for (const auto& watched : watched_) {
      watched->thread = std::thread([this, w = watched.get()] { Ask(w); });
    }
  }
  reporter_ = std::thread([this] { Report(); });
}

Watchdog::~Watchdog() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  reporter_.join();
  for (const auto& watched : watched_) {
    if (watched->thread.joinable()) watched->thread.join();
  }
}

void Watchdog::Ask(Watched* watched) {
  do {
    if (!watched->probe.is_alive()) continue;
    absl::MutexLock lock(&mutex_);
    watched->last_alive = Elapsed();
  } while (!WaitForEnd(options_.period));
}

void Watchdog::Report() {
  do {
    bool alive = false;
    {
      absl::MutexLock lock(&mutex_);
      alive = AllAlive(Elapsed());
    }
    if (!alive) continue;
    if (options_.ping) notifier_->Ping();
    std::string status = status_();
    if (status == last_status_) continue;
    last_status_ = std::move(status);
    notifier_->Status(last_status_);
  } while (!WaitForEnd(options_.period));
}

bool Watchdog::AllAlive(absl::Duration now) {
  if (!options_.ping) return true;
  bool all = true;
  for (const auto& watched : watched_) {
    const bool late =
        now - watched->last_alive > kPeriodsUntilLate * options_.period;
    if (late && !watched->late) {
      LogError(
          "a part of the server does not answer: the watchdog hears no "
          "more of it",
          {{"part", watched->probe.name}});
    }
    watched->late = late;
    if (late) all = false;
  }
  return all;
}

bool Watchdog::WaitForEnd(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&ending_), duration);
}

}  // namespace localstore::server
