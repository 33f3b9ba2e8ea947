// Which parts of the server must go on for it to be alive.
#pragma once

#include <vector>

#include "grpcpp/server.h"
#include "resolver/host_resolver.h"
#include "server/systemd/watchdog.h"
#include "server/timer/timer.h"

namespace localstore::server {

// One probe for each loop: the timer's, the resolver's, gRPC's. All must
// outlive the watchdog that asks the probes.
std::vector<LivenessProbe> MakeLivenessProbes(Timer* timer,
                                              resolver::HostResolver* resolver,
                                              grpc::Server* server);

}  // namespace localstore::server
