// What to download, from the command line.
#pragma once

#include <istream>

#include "absl/status/statusor.h"
#include "client/arguments/arguments.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

// Reads the files that the flags name; "-" is `in`. `redraws`: whether progress
// is drawn over, and so wanted more often. Errors: INVALID_ARGUMENT with the
// flag and what to change; never with what a secret file holds.
absl::StatusOr<v1::DownloadRequest> MakeDownloadRequest(
    const Arguments& arguments, std::istream& in, bool redraws);

// Whether the request holds what nobody else may read.
bool HoldsSecrets(const v1::DownloadRequest& request);

}  // namespace localstore::client
