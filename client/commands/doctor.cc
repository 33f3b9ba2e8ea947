#include "client/commands/doctor.h"

#include <future>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/connection/input_file.h"
#include "client/connection/rpc_error.h"
#include "client/doctor/evidence.h"
#include "client/doctor/finding_text.h"
#include "client/doctor/probe_plan.h"
#include "client/doctor/target.h"
#include "client/render/units.h"

namespace localstore::client {
namespace {

constexpr absl::Duration kUsualListening = absl::Seconds(4);
constexpr absl::Duration kUsualTimeout = absl::Seconds(3);
// Of a call, beyond the time that it was given.
constexpr absl::Duration kGrace = absl::Seconds(5);
// A flood of services is not worth remembering.
constexpr size_t kMostServices = 4096;

class Doctor {
 public:
  Doctor(const CommandContext& context, EndpointProber& prober,
         DoctorTarget target, std::string ca_pem)
      : context_(context), prober_(prober), ca_pem_(std::move(ca_pem)) {
    evidence_.target = std::move(target);
    evidence_.server = context.server;
    evidence_.bridges = context.arguments.TextList("bridge");
    evidence_.listened =
        context.arguments.Duration("duration", kUsualListening);
    evidence_.now = absl::Now();
  }

  const Evidence& Gather() {
    AskStatus();
    if (evidence_.status_error.code() != 0) return evidence_;
    std::future<void> browsing =
        std::async(std::launch::async, [this] { Browse(); });
    Resolve();
    browsing.wait();
    // By now the server knows more hosts.
    AskStatus();
    Probe();
    return evidence_;
  }

 private:
  void AskStatus() {
    v1::StatusRequest request;
    request.set_page_size(1);
    const auto call = CallWithin(kShortCall);
    const grpc::Status status =
        context_.stub.Status(call.get(), request, &evidence_.status);
    if (!status.ok()) {
      evidence_.status_error = ToRpcError(status, context_.server);
    }
  }

  void Resolve() {
    const absl::Duration timeout =
        context_.arguments.Duration("timeout", kUsualTimeout);
    v1::ResolveRequest request;
    request.set_host(evidence_.target.host);
    request.set_bypass_cache(true);
    request.set_all_endpoints(true);
    *request.mutable_timeout() = ToProto(timeout);
    for (const std::string& bridge : evidence_.bridges) {
      request.add_bridges(bridge);
    }
    const auto call = CallWithin(timeout + kGrace);
    const grpc::Status status =
        context_.stub.Resolve(call.get(), request, &evidence_.resolution);
    if (!status.ok()) {
      evidence_.resolve_error = ToRpcError(status, context_.server);
    }
  }

  // On every bridge, whatever --bridge says: the host may be on another.
  void Browse() {
    v1::BrowseRequest request;
    *request.mutable_duration() = ToProto(evidence_.listened);
    const auto call = CallWithin(evidence_.listened + kGrace);
    const auto reader = context_.stub.Browse(call.get(), request);
    // What each service came to be; at first its host may not be known.
    std::map<std::string, v1::BrowseResponse> services;
    v1::BrowseResponse event;
    while (reader->Read(&event)) {
      const std::string key =
          absl::StrCat(event.bridge(), "\n", event.service().type(), "\n",
                       event.service().instance());
      if (event.event() == v1::BrowseResponse::EVENT_LOST) {
        services.erase(key);
      } else if (services.size() < kMostServices || services.count(key) > 0) {
        services[key] = event;
      }
    }
    for (auto& entry : services) {
      evidence_.found.push_back(std::move(entry.second));
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) {
      evidence_.browse_error = ToRpcError(status, context_.server);
    }
  }

  void Probe() {
    std::vector<ProbeEvidence> plan = PlanProbes(evidence_);
    std::set<std::string> skipped;
    std::vector<std::pair<ProbeEvidence, std::future<ProbeAnswer>>> running;
    for (ProbeEvidence& probe : plan) {
      const std::string why_not = prober_.WhyNotFromHere(probe.endpoint);
      if (why_not.empty()) {
        running.emplace_back(probe,
                             std::async(std::launch::async,
                                        [this, probe] { return Ask(probe); }));
      } else if (skipped.insert(why_not).second) {
        probe.answer.detail = why_not;
        evidence_.probes.push_back(probe);
      }
    }
    for (auto& entry : running) {
      entry.first.answer = entry.second.get();
      evidence_.probes.push_back(entry.first);
    }
  }

  ProbeAnswer Ask(const ProbeEvidence& probe) {
    ProbeQuestion question;
    question.endpoint = probe.endpoint;
    question.host = evidence_.target.host;
    question.scheme = probe.scheme;
    question.port = probe.port;
    question.ca_pem = ca_pem_;
    return prober_.Probe(question);
  }

  const CommandContext& context_;
  EndpointProber& prober_;
  const std::string ca_pem_;
  Evidence evidence_;
};

}  // namespace

ExitCode RunDoctorWith(const CommandContext& context, EndpointProber& prober) {
  absl::StatusOr<DoctorTarget> target =
      ParseDoctorTarget(context.arguments.operands().front());
  if (!target.ok()) return context.reporter.UsageError(target.status());
  std::string ca_pem;
  if (context.arguments.Has("ca")) {
    absl::StatusOr<std::string> read =
        ReadInputFile(context.arguments.Text("ca"));
    if (!read.ok()) return context.reporter.UsageError(read.status());
    ca_pem = *std::move(read);
  }
  const std::string host = target->host;
  if (context.err.redraws) {
    context.reporter.Note("asking and listening for some seconds...\n");
  }
  Doctor doctor(context, prober, *std::move(target), std::move(ca_pem));
  const Evidence& evidence = doctor.Gather();
  const std::vector<Finding> findings = Diagnose(evidence);
  context.reporter.Result(MakeDoctorReport(host, findings),
                          FindingsText(findings, context.out.style));
  if (evidence.status_error.code() != 0) {
    return ExitCodeFor(evidence.status_error);
  }
  return IsHealthy(findings) ? ExitCode::kOk : ExitCode::kUnhealthy;
}

ExitCode RunDoctor(const CommandContext& context) {
  NetworkProber prober;
  return RunDoctorWith(context, prober);
}

}  // namespace localstore::client
