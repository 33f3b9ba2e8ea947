// localstored: finds local datastores, and downloads images from them.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "protos/errors/error.h"
#include "resolver/create_host_resolver.h"
#include "server/config/flags.h"
#include "server/daemon/daemon.h"
#include "server/daemon/health_probe.h"
#include "server/daemon/live_config.h"
#include "server/logging/grpc_log.h"
#include "server/logging/log.h"
#include "server/logging/protobuf_log.h"
#include "server/process/hardening.h"
#include "server/process/privileges.h"
#include "server/systemd/notifier.h"
#include "version/version.h"

namespace localstore::server {
namespace {

constexpr int kWrongUsage = 2;
constexpr absl::Duration kHealthCheckTimeout = absl::Seconds(3);
// The drain itself takes less; a service manager waits longer.
constexpr std::chrono::steady_clock::duration kDrainTime =
    std::chrono::seconds(9);
constexpr int kTerminatedAtOnce = 128 + SIGTERM;

// Every thread inherits the mask: signals come only to who waits for them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Fails for a number that is no signal's, only.
  (void)signal(SIGPIPE, SIG_IGN);
  return signals;
}

int WaitForSignal(const sigset_t& signals) {
  int number = 0;
  while (sigwait(&signals, &number) != 0) {
  }
  return number;
}

// Ends the process when another signal to end comes while it drains, or when
// it does not come to its end by itself. What is saved stays saved.
void EndInTime(const sigset_t& signals) {
  using Clock = std::chrono::steady_clock;
  std::thread([signals, give_up = Clock::now() + kDrainTime] {
    for (auto left = kDrainTime; left > Clock::duration::zero();
         left = give_up - Clock::now()) {
      const timespec wait = absl::ToTimespec(absl::FromChrono(left));
      const int number = sigtimedwait(&signals, nullptr, &wait);
      if (number != SIGTERM && number != SIGINT) continue;
      LogWarning("ending at once");
      _exit(kTerminatedAtOnce);
    }
    LogError("something does not end: ending without it");
    _exit(EXIT_FAILURE);
  }).detach();
}

int Fail(const char* what, const absl::Status& status) {
  LogError(what, {{"reason", ReasonName(ReasonOf(status))},
                  {"error", std::string(status.message())}});
  return status.code() == absl::StatusCode::kInvalidArgument ? kWrongUsage
                                                             : EXIT_FAILURE;
}

int AskHealth(const v1::Config& config) {
  const absl::Status status = ProbeHealth(config, kHealthCheckTimeout);
  if (!status.ok()) return Fail("not serving", status);
  std::puts("serving");
  return EXIT_SUCCESS;
}

// What is wrong leaves everything as it is.
void Reload(const CommandLine& command_line, Daemon& daemon) {
  const auto config = LoadConfig(command_line, environ);
  if (!config.ok()) {
    Fail("wrong configuration; keeping the one before", config.status());
    return;
  }
  daemon.Reload(*config);
}

int Serve(const CommandLine& command_line, const v1::Config& config,
          const sigset_t& signals) {
  TakeOverGrpcLog();
  resolver::HostResolverConfig resolver_config;
  resolver_config.bridge_patterns.assign(config.bridges().begin(),
                                         config.bridges().end());
  Notifier systemd;
  auto resolver = resolver::CreateHostResolver(resolver_config);
  if (!resolver.ok()) return Fail("cannot start", resolver.status());
  auto daemon = Daemon::Start(config, *std::move(resolver));
  if (!daemon.ok()) return Fail("cannot start", daemon.status());
  LogInfo("serving", {{"version", kVersion}});
  systemd.Ready((*daemon)->StatusLine());
  (*daemon)->ReportTo(&systemd);
  while (WaitForSignal(signals) == SIGHUP) {
    systemd.Reloading();
    Reload(command_line, **daemon);
    systemd.Ready((*daemon)->StatusLine());
  }
  LogInfo("draining");
  systemd.Stopping("draining");
  EndInTime(signals);
  (*daemon)->Drain();
  daemon->reset();
  LogInfo("ended");
  return EXIT_SUCCESS;
}

int Main(int argc, char** argv) {
  const sigset_t signals = BlockSignals();
  const std::vector<std::string> removed = KeepSecretsInside();
  RaiseOpenFiles();
  TakeOverProtobufLog();
  // Debian's Abseil looks for cycles of locks at each lock, under one lock for
  // all. Tests have it look; calls are not to wait for each other there.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const auto command_line = ParseCommandLine(argc, argv);
  if (!command_line.ok()) {
    return Fail("wrong command line", command_line.status());
  }
  const auto config = LoadConfig(*command_line, environ);
  if (!config.ok()) return Fail("wrong configuration", config.status());
  if (command_line->check_config) {
    std::puts("the configuration is right");
    return EXIT_SUCCESS;
  }
  if (command_line->health_check) return AskHealth(*config);
  ConfigureLog(*config);
  for (const std::string& variable : removed) {
    LogWarning("ignoring a variable that would have secrets written",
               {{"variable", variable}});
  }
  LogPrivileges();
  return Serve(*command_line, *config, signals);
}

}  // namespace
}  // namespace localstore::server

int main(int argc, char** argv) { return localstore::server::Main(argc, argv); }
