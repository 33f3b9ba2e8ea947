// Durations and times, between Abseil and Protobuf.
#pragma once

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace localstore::server {

// Clamped to what a Duration can hold: 10,000 years either way.
google::protobuf::Duration ToProto(absl::Duration duration);

// Clamped to the years 1 to 9999.
google::protobuf::Timestamp ToProto(absl::Time time);

// nullopt unless it is a valid Duration: both parts of one sign, nanos within
// ±999,999,999, within 10,000 years.
absl::optional<absl::Duration> FromProto(
    const google::protobuf::Duration& duration);

// A Timestamp that is out of range is clamped.
absl::Time FromProto(const google::protobuf::Timestamp& timestamp);

}  // namespace localstore::server
