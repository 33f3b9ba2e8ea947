// How a download went, for the log.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/logging/event_format.h"

namespace localstore::server {

// What every event about it carries.
LogFields FieldsOf(const v1::Download& download);

// A line on one that has ended: a warning where it failed.
void LogEnd(const v1::Download& download);

// A line on what went wrong for it, but does not keep it from its end.
void LogTrouble(const v1::Download& download, const absl::Status& error);

}  // namespace localstore::server
