// What is wrong with a request that Protobuf refuses to read.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace localstore::server {

// `bytes` were to be a message of `type`. INVALID_REQUEST with the path of each
// string that is not UTF-8 ("datastores[0].fqdn"), of a few where there are
// many; without any when the bytes are no such message at all.
absl::Status DescribeUnreadable(const google::protobuf::Descriptor& type,
                                absl::string_view bytes);

}  // namespace localstore::server
