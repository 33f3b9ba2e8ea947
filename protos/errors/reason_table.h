// What every reason means, once: for the code that makes errors and for the
// table in server/errors/README.md, which is printed from this.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "localstore/v1/error_reason.pb.h"

namespace localstore {

struct ReasonFacts {
  v1::ErrorReason reason;
  absl::StatusCode code;
  const char* when;
  // Keys of ErrorInfo.metadata, where they are known at the time; "" for none.
  const char* metadata;
  const char* what_to_do;
  // False: kept for clients that know it, and not sent by this version.
  bool sent = true;
};

// Each reason but ERROR_REASON_UNSPECIFIED, in the order of their numbers.
const std::vector<ReasonFacts>& ReasonTable();

}  // namespace localstore
