// An error, as a person wants to read it.
#pragma once

#include <string>

#include "client/render/style.h"
#include "google/rpc/status.pb.h"

namespace localstore::client {

// Several lines, each ended: the message with its reason, then what its details
// add: metadata that the message does not show already, the fields that are
// wrong, when to try again.
std::string RenderError(const google::rpc::Status& status, const Style& style);

// One line without an end, for where there is room for no more.
std::string RenderErrorLine(const google::rpc::Status& status,
                            const Style& style);

// "NOT_FOUND" for 5; "code 99" for what gRPC does not know.
std::string GrpcCodeName(int code);

}  // namespace localstore::client
