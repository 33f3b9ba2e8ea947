// The names of the files that stand beside an unfinished image.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace localstore::fetcher {

constexpr absl::string_view kPartialSuffix = ".part";
constexpr absl::string_view kRecordSuffix = ".part.resume";
// The next record, until it takes the place of the one before it.
constexpr absl::string_view kNewRecordSuffix = ".part.resume.new";
constexpr size_t kLongestPartialSuffix = kNewRecordSuffix.size();

inline std::string PartialName(absl::string_view name) {
  return absl::StrCat(name, kPartialSuffix);
}
inline std::string RecordName(absl::string_view name) {
  return absl::StrCat(name, kRecordSuffix);
}
inline std::string NewRecordName(absl::string_view name) {
  return absl::StrCat(name, kNewRecordSuffix);
}

// Whether `name` could be one of those.
inline bool IsPartialName(absl::string_view name) {
  return absl::EndsWith(name, kPartialSuffix) ||
         absl::EndsWith(name, kRecordSuffix) ||
         absl::EndsWith(name, kNewRecordSuffix);
}

}  // namespace localstore::fetcher
