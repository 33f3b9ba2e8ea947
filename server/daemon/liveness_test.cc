// The whole service, one of whose loops hangs.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/config/layers.h"
#include "server/daemon/daemon.h"
#include "server/endpoints/fake_host_resolver.h"
#include "server/systemd/fake_notify_socket.h"
#include "server/systemd/notifier.h"
#include "testing/environment.h"

namespace localstore::server {
namespace {

// One whose thread hangs when a test says so.
class HangingResolver : public FakeHostResolver {
 public:
  void SetHanging(bool hanging) {
    absl::MutexLock lock(&mutex_);
    hanging_ = hanging;
  }

  std::vector<resolver::BridgeState> Bridges() override {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](const bool* hanging) { return !*hanging; },
        &std::as_const(hanging_)));
    return FakeHostResolver::Bridges();
  }

 private:
  absl::Mutex mutex_;
  bool hanging_ ABSL_GUARDED_BY(mutex_) = false;
};

class LivenessTest : public ::testing::Test {
 protected:
  LivenessTest() {
    char name[] = "/tmp/localstore_XXXXXX";
    directory_ = mkdtemp(name);
    // Milliseconds rather than the seconds of a unit.
    localstore::testing::SetVariable("WATCHDOG_USEC", "300000");
    notifier_ = std::make_unique<Notifier>();
    localstore::testing::UnsetVariable("WATCHDOG_USEC");
    const auto config = LayerConfig(v1::Config(), {},
                                    {{"listen", "127.0.0.1:0"},
                                     {"download_dir", directory_ + "/images"},
                                     {"state_dir", directory_ + "/state"}});
    auto resolver = std::make_unique<HangingResolver>();
    resolver_ = resolver.get();
    daemon_ = *Daemon::Start(*config, std::move(resolver));
    daemon_->ReportTo(notifier_.get());
  }
  ~LivenessTest() override {
    daemon_.reset();
    std::filesystem::remove_all(directory_);
  }

  bool Pings() {
    for (int i = 0; i < 10; ++i) {
      if (systemd_.Receive() == "WATCHDOG=1") return true;
    }
    return false;
  }

  // False when the pings go on for a minute.
  bool FallsSilent() {
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    while (absl::Now() < give_up) {
      if (systemd_.Receive(absl::Seconds(3)).empty()) return true;
    }
    return false;
  }

  FakeNotifySocket systemd_;
  std::string directory_;
  std::unique_ptr<Notifier> notifier_;
  HangingResolver* resolver_ = nullptr;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(LivenessTest, TheWatchdogIsPingedWhileAllGoesOn) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Pings());
}

TEST_F(LivenessTest, AHungLoopStopsThePings) {
  EXPECT_TRUE(Pings());
  resolver_->SetHanging(true);
  EXPECT_TRUE(FallsSilent());
  resolver_->SetHanging(false);
  EXPECT_TRUE(Pings());
}

}  // namespace
}  // namespace localstore::server
