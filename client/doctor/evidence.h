// What the doctor has gathered, and what it makes of it.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/doctor/endpoint_probe.h"
#include "client/doctor/target.h"
#include "google/rpc/status.pb.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

struct ProbeEvidence {
  v1::Endpoint endpoint;
  std::string scheme;
  int port = 0;
  bool expected = false;  // asked for, or advertised; else merely tried
  ProbeAnswer answer;
};

struct Evidence {
  DoctorTarget target;
  std::string server;                // its address
  std::vector<std::string> bridges;  // only these; empty: all
  absl::Duration listened;
  absl::Time now;

  google::rpc::Status status_error;  // code 0: none
  v1::StatusResponse status;
  google::rpc::Status resolve_error;
  v1::ResolveResponse resolution;
  google::rpc::Status browse_error;
  std::vector<v1::BrowseResponse> found;  // by Browse
  std::vector<ProbeEvidence> probes;
};

enum class Verdict { kOk, kWarning, kProblem, kSkipped };

struct Finding {
  Verdict verdict = Verdict::kOk;
  std::string check;                // "bridge bn1"
  std::string text;                 // what was seen
  std::vector<std::string> advice;  // what to change
};

// In the order of the way from the server to the datastore. Texts are raw: they
// hold what came from the network.
std::vector<Finding> Diagnose(const Evidence& evidence);

// "ok", "warning", "problem", "skipped".
std::string VerdictName(Verdict verdict);

// The parts of Diagnose.
std::vector<Finding> CheckBridges(const Evidence& evidence);
std::vector<Finding> CheckHost(const Evidence& evidence);
std::vector<Finding> CheckServices(const Evidence& evidence);
std::vector<Finding> CheckWebServer(const Evidence& evidence);

// Every service of the host that was seen, each once.
std::vector<v1::ServiceInstance> ServicesOfHost(const Evidence& evidence);

}  // namespace localstore::client
