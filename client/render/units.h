// Sizes, rates and times as people read them.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace localstore::client {

// "812 B", "1.4 GiB": powers of 1024, at most four digits and a point. Negative
// counts as 0.
std::string BytesText(int64_t bytes);

// "12.3 MiB/s"; what is no positive number is "0 B/s".
std::string RateText(double bytes_per_second);

// "0.2ms", "420ms", "1.4s", "59s", "1m05s", "2h03m", "4d03h". Negative counts
// as 0; beyond 99 days is ">99d".
std::string DurationText(absl::Duration duration);

// The same in whole seconds, rounded up, for what is still to come: "0s", "3s",
// "1m05s".
std::string TimeLeftText(absl::Duration duration);

// Out-of-range values are brought to the nearest that makes sense.
absl::Duration FromProto(const google::protobuf::Duration& duration);
absl::Time FromProto(const google::protobuf::Timestamp& timestamp);
google::protobuf::Duration ToProto(absl::Duration duration);

}  // namespace localstore::client
