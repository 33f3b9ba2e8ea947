// What localstorectl's exit code says: one for each kind of failure.
#pragma once

#include <string>
#include <vector>

#include "google/rpc/status.pb.h"

namespace localstore::client {

enum class ExitCode {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kServerUnavailable = 3,
  kNotFound = 4,
  kVerificationFailed = 5,
  kUntrusted = 6,
  kRefused = 7,
  kCancelled = 8,
  kTimeout = 9,
  kDatastoreUnavailable = 10,
  kNoSpace = 11,
  kUnhealthy = 12,
  kInterrupted = 130,  // 128 + SIGINT, as shells report it
};

struct ExitCodeMeaning {
  ExitCode code;
  std::string meaning;
};

// Every code, in order, for the help and the manual.
const std::vector<ExitCodeMeaning>& ExitCodeMeanings();

// The code for an error, by its reason where it has one of Localstore's, else
// by its gRPC code. kOk for an OK status only.
ExitCode ExitCodeFor(const google::rpc::Status& status);

}  // namespace localstore::client
