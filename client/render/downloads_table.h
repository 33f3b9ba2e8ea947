// Many downloads at a glance.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "client/render/style.h"
#include "google/protobuf/repeated_field.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

// A table, the reason of each failure below; "" for none. `now` is for how long
// a wait still takes.
std::string DownloadsText(
    const google::protobuf::RepeatedPtrField<v1::Download>& downloads,
    absl::Time now, const Style& style);

}  // namespace localstore::client
