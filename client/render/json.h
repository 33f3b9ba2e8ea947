// Messages as protobuf's JSON.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace localstore::client {

// One line without a line break at its end: names in lowerCamelCase, every
// field of a simple type present, 64-bit integers as strings, details of
// errors decoded.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace localstore::client
