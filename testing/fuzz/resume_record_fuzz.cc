// Any bytes as the record beside an unfinished image: no crash, and what is
// accepted says nothing that makes no sense, nor more than one line of a
// request each.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/resume_policy.h"
#include "fetcher/storage/resume_record.h"

namespace {

using localstore::fetcher::ParseResumeRecord;
using localstore::fetcher::Sha256Hex;

void Require(bool holds) {
  if (!holds) std::abort();
}

void Check(absl::string_view text) {
  const auto record = ParseResumeRecord(text);
  if (!record.has_value()) return;
  Require(text.size() <= localstore::fetcher::kMaxRecordBytes);
  Require(localstore::fetcher::IsSha256Hex(record->source));
  Require(record->durable_bytes >= 0 && record->total_bytes >= 0);
  Require(record->total_bytes == 0 ||
          record->durable_bytes <= record->total_bytes);
  const std::string again_text = FormatResumeRecord(*record);
  if (again_text.size() <= localstore::fetcher::kMaxRecordBytes) {
    const auto again = ParseResumeRecord(again_text);
    Require(again.has_value() && *again == *record);
  }
  const localstore::fetcher::WantedImage same = {record->source, ""};
  const bool may_continue = MayContinue(*record, same);
  bool has_if_range = false;
  for (const std::string& field : RangeFields(*record, same, 5)) {
    has_if_range = has_if_range || field.find("If-Range: ") == 0;
    for (const char c : field) Require(absl::ascii_isprint(c));
  }
  // Nothing unverified goes on without a validator.
  Require(!may_continue || has_if_range);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  Check(input);
  // With a digest that fits, so that what stands within is reached.
  const std::string sealed =
      absl::StrCat("localstore resume record 1\n", input, "\n");
  Check(absl::StrCat(sealed, "record-sha256 ", Sha256Hex(sealed), "\n"));
  return 0;
}
