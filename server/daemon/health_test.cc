#include "server/daemon/health.h"

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/endpoints/fake_host_resolver.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

constexpr char kService[] = "localstore.v1.LocalDatastoreService";

class FakeHealthService : public grpc::HealthCheckServiceInterface {
 public:
  void SetServingStatus(const std::string& name, bool serving) override {
    serving_[name] = serving;
  }
  void SetServingStatus(bool serving) override {
    for (auto& [name, status] : serving_) status = serving;
  }
  void Shutdown() override { SetServingStatus(false); }

  bool serving() const { return serving_.at(kService); }

 private:
  std::map<std::string, bool> serving_;
};

// As the real one's thread does, it answers what the bridges are only when it
// is done with telling of a change.
class BusyResolver : public FakeHostResolver {
 public:
  std::vector<resolver::BridgeState> Bridges() override {
    if (changes_ > 0) {
      --changes_;
      std::thread([this] { Change(); }).join();
    }
    return FakeHostResolver::Bridges();
  }

 private:
  int changes_ = 2;
};

resolver::BridgeState UsableBridge() {
  resolver::BridgeState bridge;
  bridge.name = "bn1";
  bridge.up = true;
  return bridge;
}

TEST(HealthTest, FollowsTheBridges) {
  FakeHealthService service;
  FakeHostResolver resolver;
  FakeTimer timer;
  Health health(&service, &resolver, &timer);
  EXPECT_FALSE(service.serving());

  resolver.SetBridges({UsableBridge()});
  resolver.Change();
  timer.Advance(absl::ZeroDuration());
  EXPECT_TRUE(service.serving());

  health.Drain();
  EXPECT_FALSE(service.serving());
  resolver.Change();
  timer.Advance(absl::ZeroDuration());
  EXPECT_FALSE(service.serving());
}

TEST(HealthTest, LooksWhileTheResolverTellsOfAnotherChange) {
  FakeHealthService service;
  BusyResolver resolver;
  FakeTimer timer;
  const Health health(&service, &resolver, &timer);
  resolver.SetBridges({UsableBridge()});
  resolver.Change();

  timer.Advance(absl::ZeroDuration());

  EXPECT_TRUE(service.serving());
}

}  // namespace
}  // namespace localstore::server
