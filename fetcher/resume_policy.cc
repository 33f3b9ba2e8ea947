#include "fetcher/resume_policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "fetcher/http/retry_after.h"

namespace localstore::fetcher {
namespace {

// Longer ones exist in hostile answers only, and would not fit the record.
constexpr size_t kMaxValidatorBytes = 1024;

// RFC 9110, section 8.8.3, but for bytes beyond ASCII.
bool IsStrongEtag(absl::string_view etag) {
  return etag.size() >= 2 && absl::ConsumePrefix(&etag, "\"") &&
         absl::ConsumeSuffix(&etag, "\"") &&
         std::all_of(etag.begin(), etag.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
}

// RFC 9110, section 8.8.2.2: the origin's clock had moved on since the change,
// so a second change within the same second would have got another date.
bool IsStrongDate(const ResponseHead& head, const std::string& last_modified) {
  const absl::optional<absl::Time> changed = ParseHttpDate(last_modified);
  const absl::optional<absl::Time> sent = ParseHttpDate(head.Value("date"));
  return changed.has_value() && sent.has_value() &&
         *sent - *changed >= absl::Seconds(1);
}

// What can stand in one line of a record, and of a request; else "".
std::string Kept(const std::string& validator) {
  return validator.size() <= kMaxValidatorBytes &&
                 std::all_of(validator.begin(), validator.end(),
                             [](char c) { return c >= ' ' && c < 0x7f; })
             ? validator
             : "";
}

// "" when nothing may stand in If-Range. The record comes from the disk, and
// may hold anything.
std::string IfRangeValidator(const ResumeRecord& held) {
  if (IsStrongEtag(held.etag)) return held.etag;
  if (held.etag.empty() && held.last_modified_strong) {
    return Kept(held.last_modified);
  }
  return "";
}

}  // namespace

bool MayContinue(const ResumeRecord& held, const WantedImage& wanted) {
  if (!wanted.sha256.empty()) return held.sha256 == wanted.sha256;
  return held.source == wanted.source && !IfRangeValidator(held).empty();
}

std::vector<std::string> RangeFields(const ResumeRecord& held,
                                     const WantedImage& wanted,
                                     int64_t offset) {
  std::vector<std::string> fields = {
      absl::StrCat("Range: bytes=", offset, "-")};
  if (held.source != wanted.source) return fields;
  const std::string validator = IfRangeValidator(held);
  if (!validator.empty()) {
    fields.push_back(absl::StrCat("If-Range: ", validator));
  }
  return fields;
}

ResumeRecord DescribeResponse(const ResponseHead& head,
                              const WantedImage& wanted) {
  ResumeRecord record;
  record.source = wanted.source;
  record.sha256 = wanted.sha256;
  record.etag = Kept(head.Value("etag"));
  record.last_modified = Kept(head.Value("last-modified"));
  record.last_modified_strong =
      // An ETag that cannot be kept still forbids the date.
      head.Has("etag") == !record.etag.empty() &&
      IsStrongDate(head, record.last_modified);
  return record;
}

bool IsOtherVersion(const ResumeRecord& held, const ResponseHead& head) {
  const std::string etag = head.Value("etag");
  if (!etag.empty() && !held.etag.empty()) return etag != held.etag;
  const std::string last_modified = head.Value("last-modified");
  return !last_modified.empty() && !held.last_modified.empty() &&
         last_modified != held.last_modified;
}

}  // namespace localstore::fetcher
