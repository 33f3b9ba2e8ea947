// Checks that several requests have in common. Each adds what is wrong to
// `violations` and goes on.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "resolver/host_resolver.h"
#include "server/requests/violations.h"

namespace localstore::server {

// `duration`, or `fallback` when it is zero or wrong. Not negative.
absl::Duration CheckDuration(const google::protobuf::Duration& duration,
                             absl::Duration fallback, absl::string_view field,
                             Violations& violations);

// Names that Linux can give an interface (IFNAMSIZ), at most 64, in the order
// given: an error made later still has the caller's index.
std::vector<std::string> CheckBridges(
    const google::protobuf::RepeatedPtrField<std::string>& bridges,
    Violations& violations);

// Each of `bridges` is one of those that are `there`. Where there are none,
// that is said otherwise.
void CheckBridgesExist(
    const google::protobuf::RepeatedPtrField<std::string>& bridges,
    const std::vector<resolver::BridgeState>& there, Violations& violations);

// 1 to 128 printable ASCII characters without space.
void CheckDownloadId(absl::string_view id, absl::string_view field,
                     Violations& violations);

}  // namespace localstore::server
