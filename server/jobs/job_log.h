// How a download went, for the log.
#pragma once

#include "localstore/v1/local_datastore.pb.h"

namespace localstore::server {

// A line on one that has ended: a warning where it failed.
void LogEnd(const v1::Download& download);

}  // namespace localstore::server
