// Which parts of the server must go on for it to be alive.
#pragma once

#include <vector>

#include "grpcpp/server.h"
#include "resolver/host_resolver.h"
#include "server/jobs/supervised_fetcher.h"
#include "server/systemd/watchdog.h"
#include "server/timer/timer.h"

namespace localstore::server {

// All must outlive the watchdog that asks the probes.
struct LivingParts {
  Timer* timer = nullptr;
  resolver::HostResolver* resolver = nullptr;
  SupervisedFetcher* fetcher = nullptr;
  grpc::Server* server = nullptr;
};

// One probe for each loop, those of the timer, the resolver, the transfers and
// gRPC, and one for the threads that downloads run on.
std::vector<LivenessProbe> MakeLivenessProbes(const LivingParts& parts);

}  // namespace localstore::server
