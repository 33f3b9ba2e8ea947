// The host resolver: multicast DNS on every bridge (RFC 6762, RFC 6763).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "resolver/host_resolver.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/mdns_transport.h"
#include "resolver/net/processors.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

class Counters;
class Operations;
class ReadyAnswers;

class MdnsHostResolver : public HostResolver {
 public:
  // All must outlive the resolver, and are used on the executor's thread only,
  // except the executor itself and the scheduler's Now(). Begins to listen on
  // the bridges soon.
  //
  // To be destroyed on the executor's thread, or on any other while the
  // executor still runs what is posted or drops it; never from a callback.
  MdnsHostResolver(Scheduler* scheduler, Executor* executor,
                   BridgeMonitor* monitor, MdnsTransport* transport,
                   Processors* processors, absl::BitGenRef random);
  ~MdnsHostResolver() override;

  MdnsHostResolver(const MdnsHostResolver&) = delete;
  MdnsHostResolver& operator=(const MdnsHostResolver&) = delete;

  OperationId Resolve(const std::string& host, const ResolveOptions& options,
                      ResolveCallback done) override;
  KnownAnswer Known(const std::string& host,
                    const ResolveOptions& options) const override;
  OperationId Browse(const BrowseOptions& options, BrowseCallback event,
                     FailedCallback failed) override;
  void Cancel(OperationId id) override;
  std::vector<BridgeState> Bridges() override;
  ResolverStatistics Statistics() const override;
  void SetBridgePatterns(std::vector<std::string> patterns) override;
  OperationId WatchChanges(std::function<void()> changed) override;

 private:
  class Core;
  struct Slot;

  // Runs `task` on the executor's thread, unless the end comes first.
  void Post(std::function<void(Core&)> task);
  // Waits until `task` has run, or was dropped; on any other thread.
  void RunAndWait(std::function<void(Slot&)> task);

  const Scheduler* const scheduler_;
  Executor* const executor_;
  const std::unique_ptr<Counters> counters_;
  const std::unique_ptr<ReadyAnswers> ready_;
  const std::unique_ptr<Operations> operations_;
  // What is in it belongs to the executor's thread.
  const std::shared_ptr<Slot> slot_;
};

}  // namespace localstore::resolver
