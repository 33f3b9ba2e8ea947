#include "server/daemon/health.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

bool AnyUsable(const std::vector<resolver::BridgeState>& bridges) {
  return std::any_of(bridges.begin(), bridges.end(),
                     [](const resolver::BridgeState& bridge) {
                       return bridge.up && bridge.problem.empty();
                     });
}

}  // namespace

// Looks at the bridges on the timer's thread: the resolver's callback must not
// wait for the resolver.
class Health::Bridges : public std::enable_shared_from_this<Health::Bridges> {
 public:
  Bridges(grpc::HealthCheckServiceInterface* service,
          resolver::HostResolver* resolver, Timer* timer)
      : service_(service), resolver_(resolver), timer_(timer) {}

  void LookSoon() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (stopped_ || look_pending_) return;
    look_pending_ = true;
    timer_->CallAfter(absl::ZeroDuration(),
                      [self = shared_from_this()] { self->Look(); });
  }

  void Drain() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return;
    stopped_ = true;
    service_->SetServingStatus(false);
  }

  // Once it has returned, nothing looks any more.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    mutex_.Await(absl::Condition(
        +[](const int* looking) { return *looking == 0; },
        &std::as_const(looking_)));
  }

  bool serving() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return usable_ && !stopped_;
  }

  void Look() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      look_pending_ = false;
      if (stopped_) return;
      ++looking_;
    }
    // Not under the lock: the resolver answers on the thread on which it calls
    // LookSoon.
    const bool usable = AnyUsable(resolver_->Bridges());
    absl::MutexLock lock(&mutex_);
    --looking_;
    if (stopped_) return;
    service_->SetServingStatus(v1::LocalDatastoreService::service_full_name(),
                               usable);
    if (known_ && usable == usable_) return;
    known_ = true;
    usable_ = usable;
    if (usable) {
      LogInfo("a bridge can be asked: serving");
    } else {
      LogWarning("no bridge can be asked: not serving until there is one");
    }
  }

 private:
  grpc::HealthCheckServiceInterface* const service_;
  resolver::HostResolver* const resolver_;
  Timer* const timer_;
  mutable absl::Mutex mutex_;
  bool look_pending_ ABSL_GUARDED_BY(mutex_) = false;
  int looking_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool known_ ABSL_GUARDED_BY(mutex_) = false;
  bool usable_ ABSL_GUARDED_BY(mutex_) = false;
};

Health::Health(grpc::HealthCheckServiceInterface* service,
               resolver::HostResolver* resolver, Timer* timer)
    : bridges_(std::make_shared<Bridges>(service, resolver, timer)),
      resolver_(resolver) {
  watching_ =
      resolver_->WatchChanges([bridges = bridges_] { bridges->LookSoon(); });
  // At once, so that who is told of the addresses finds the service known.
  bridges_->Look();
}

Health::~Health() {
  resolver_->Cancel(watching_);
  bridges_->Stop();
}

void Health::Drain() { bridges_->Drain(); }

bool Health::serving() const { return bridges_->serving(); }

}  // namespace localstore::server
