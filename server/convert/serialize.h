// Messages as bytes that are the same each time.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace localstore::server {

// Within this process and this version of the message: maps are sorted, which
// SerializeAsString leaves to chance.
std::string SerializeDeterministically(
    const google::protobuf::Message& message);

}  // namespace localstore::server
