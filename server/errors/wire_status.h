// A status as it leaves the server, in a trailer or in Download.error.
#pragma once

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace localstore::server {

// ToRpcStatus(status) with every text valid UTF-8 and the whole short enough
// for the 8 KiB of metadata that a gRPC client accepts by default: a longer
// trailer would reach the caller as RESOURCE_EXHAUSTED instead. What is cut
// ends in "…"; violations that are left out are counted in the last one. The
// same status gives the same bytes each time.
google::rpc::Status ToWireStatus(const absl::Status& status);

}  // namespace localstore::server
