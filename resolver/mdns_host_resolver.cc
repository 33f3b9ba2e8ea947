#include "resolver/mdns_host_resolver.h"

#include <utility>

#include "absl/synchronization/notification.h"
#include "resolver/browse/service_browsers.h"
#include "resolver/change_notifier.h"
#include "resolver/link/bridge_links.h"
#include "resolver/lookup/host_lookups.h"
#include "resolver/lookup/ready_answers.h"
#include "resolver/operations.h"
#include "resolver/resolve_request.h"
#include "resolver/statistics/counters.h"

namespace localstore::resolver {

// All that belongs to the executor's thread.
class MdnsHostResolver::Core : public RecordListener, public LinkListener {
 public:
  Core(Scheduler* scheduler, BridgeMonitor* monitor, MdnsTransport* transport,
       Processors* processors, absl::BitGenRef random, Counters* counters,
       ReadyAnswers* ready)
      : scheduler_(scheduler),
        monitor_(monitor),
        notifier_(scheduler),
        links_(scheduler, monitor, transport, random, counters, this, this),
        lookups_(&links_, scheduler, processors, ready, random),
        browsers_(&links_, scheduler, random) {}

  void Start() { links_.Start(); }

  void Resolve(LookupRequest request) { lookups_.Resolve(std::move(request)); }
  // OK, or why it cannot be browsed.
  absl::Status Browse(BrowseRequest request) {
    absl::Status status = links_.CheckNames(request.bridges);
    if (status.ok()) browsers_.Browse(std::move(request));
    return status;
  }
  void Watch(uint64_t id, std::function<void()> changed) {
    notifier_.Add(id, std::move(changed));
  }
  void Cancel(uint64_t id) {
    lookups_.Cancel(id);
    browsers_.Cancel(id);
    notifier_.Remove(id);
  }
  std::vector<BridgeState> Bridges() const {
    return links_.States(scheduler_->Now());
  }
  void SetPatterns(std::vector<std::string> patterns) {
    monitor_->SetPatterns(std::move(patterns));
  }

  // RecordListener:
  bool Wants(const dns::Name& name) const override {
    return lookups_.Wants(name) || browsers_.Wants(name);
  }
  bool WantsAny() const override {
    return lookups_.size() > 0 || browsers_.size() > 0;
  }
  void OnRecords(BridgeLink& link, const RecordNews& news) override {
    lookups_.OnRecords(link, news.names);
    browsers_.OnRecords(link, news.names);
    if (news.addresses_changed) notifier_.NoteChange();
  }

  // LinkListener:
  void OnLinkChanged(BridgeLink& link) override {
    lookups_.OnLinkChanged(link);
    browsers_.OnLinkChanged(link);
  }
  void OnLinkLost(BridgeLink& link) override {
    lookups_.OnLinkLost(link);
    browsers_.OnLinkLost(link);
  }
  void OnBridgesChanged() override { notifier_.NoteChange(); }

 private:
  Scheduler* const scheduler_;
  BridgeMonitor* const monitor_;
  ChangeNotifier notifier_;
  BridgeLinks links_;
  HostLookups lookups_;
  ServiceBrowsers browsers_;
};

// The core, or nothing any more; what was posted before the end finds out.
struct MdnsHostResolver::Slot {
  std::unique_ptr<Core> core;
};

MdnsHostResolver::MdnsHostResolver(Scheduler* scheduler, Executor* executor,
                                   BridgeMonitor* monitor,
                                   MdnsTransport* transport,
                                   Processors* processors,
                                   absl::BitGenRef random)
    : scheduler_(scheduler),
      executor_(executor),
      counters_(std::make_unique<Counters>()),
      ready_(std::make_unique<ReadyAnswers>()),
      operations_(std::make_unique<Operations>(executor)),
      slot_(std::make_shared<Slot>()) {
  slot_->core =
      std::make_unique<Core>(scheduler, monitor, transport, processors, random,
                             counters_.get(), ready_.get());
  Post([](Core& core) { core.Start(); });
}

MdnsHostResolver::~MdnsHostResolver() {
  if (!executor_->IsCurrentThread()) {
    RunAndWait([](Slot& slot) { slot.core = nullptr; });
  }
  // Where the loop has ended already, nobody else has the core.
  slot_->core = nullptr;
}

void MdnsHostResolver::Post(std::function<void(Core&)> task) {
  executor_->Post([slot = slot_, task = std::move(task)] {
    if (slot->core != nullptr) task(*slot->core);
  });
}

void MdnsHostResolver::RunAndWait(std::function<void(Slot&)> task) {
  // Notified when the task has been destroyed, whether it ran or was dropped.
  struct Witness {
    explicit Witness(absl::Notification* gone) : gone(gone) {}
    ~Witness() { gone->Notify(); }
    absl::Notification* const gone;
  };
  absl::Notification gone;
  auto witness = std::make_shared<Witness>(&gone);
  executor_->Post([slot = slot_, task = std::move(task),
                   witness = std::move(witness)] { task(*slot); });
  gone.WaitForNotification();
}

HostResolver::OperationId MdnsHostResolver::Resolve(
    const std::string& host, const ResolveOptions& options,
    ResolveCallback done) {
  const OperationId id = operations_->Begin();
  auto answer = [operations = operations_.get(), counters = counters_.get(), id,
                 done = std::move(done)](absl::StatusOr<Resolution> result) {
    if (result.ok()) {
      counters->CountAnswer(result->from_cache);
    } else {
      counters->CountFailure();
    }
    operations->Run(id, /*last=*/true, [&] { done(std::move(result)); });
  };
  absl::StatusOr<ResolveRequest> checked = CheckResolve(host, options);
  if (!checked.ok()) {
    Post([answer = std::move(answer), status = checked.status()](Core&) {
      answer(status);
    });
    return id;
  }
  LookupRequest request;
  request.id = id;
  request.host = std::move(checked->host);
  request.service = std::move(checked->service);
  request.options = options;
  request.done = std::move(answer);
  Post([operations = operations_.get(),
        request = std::move(request)](Core& core) mutable {
    if (operations->IsLive(request.id)) core.Resolve(std::move(request));
  });
  return id;
}

KnownAnswer MdnsHostResolver::Known(const std::string& host,
                                    const ResolveOptions& options) const {
  if (options.timeout < absl::ZeroDuration() || options.timeout > kMaxTimeout) {
    return {};
  }
  KnownAnswer known = ready_->Find(host, options, scheduler_->Now());
  if (known.resolution != nullptr) counters_->CountAnswer(/*from_cache=*/true);
  return known;
}

HostResolver::OperationId MdnsHostResolver::Browse(const BrowseOptions& options,
                                                   BrowseCallback event,
                                                   FailedCallback failed) {
  const OperationId id = operations_->Begin();
  auto fail = [operations = operations_.get(), id,
               failed = std::move(failed)](const absl::Status& status) {
    operations->Run(id, /*last=*/true, [&] { failed(status); });
  };
  absl::StatusOr<std::set<dns::Name>> types = CheckBrowse(options);
  if (!types.ok()) {
    Post([fail = std::move(fail), status = types.status()](Core&) {
      fail(status);
    });
    return id;
  }
  BrowseRequest request;
  request.id = id;
  request.types = *std::move(types);
  request.bridges = options.bridges;
  request.event = [operations = operations_.get(), id,
                   event = std::move(event)](const BrowseEvent& what) {
    operations->Run(id, /*last=*/false, [&] { event(what); });
  };
  Post([operations = operations_.get(), fail = std::move(fail),
        request = std::move(request)](Core& core) mutable {
    if (!operations->IsLive(request.id)) return;
    const absl::Status status = core.Browse(std::move(request));
    if (!status.ok()) fail(status);
  });
  return id;
}

void MdnsHostResolver::Cancel(OperationId id) {
  if (operations_->End(id)) Post([id](Core& core) { core.Cancel(id); });
}

std::vector<BridgeState> MdnsHostResolver::Bridges() {
  std::vector<BridgeState> states;
  const auto look = [&states](Slot& slot) {
    if (slot.core != nullptr) states = slot.core->Bridges();
  };
  if (executor_->IsCurrentThread()) {
    look(*slot_);
  } else {
    RunAndWait(look);
  }
  return states;
}

ResolverStatistics MdnsHostResolver::Statistics() const {
  return counters_->Read();
}

void MdnsHostResolver::SetBridgePatterns(std::vector<std::string> patterns) {
  Post([patterns = std::move(patterns)](Core& core) {
    core.SetPatterns(patterns);
  });
}

HostResolver::OperationId MdnsHostResolver::WatchChanges(
    std::function<void()> changed) {
  const OperationId id = operations_->Begin();
  auto notify = [operations = operations_.get(), id,
                 changed = std::move(changed)] {
    operations->Run(id, /*last=*/false, changed);
  };
  Post([operations = operations_.get(), id,
        notify = std::move(notify)](Core& core) {
    if (operations->IsLive(id)) core.Watch(id, notify);
  });
  return id;
}

}  // namespace localstore::resolver
