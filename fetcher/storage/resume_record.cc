#include "fetcher/storage/resume_record.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "fetcher/pipeline/sha256.h"

namespace localstore::fetcher {
namespace {

constexpr absl::string_view kFirstLine = "localstore resume record 1\n";
constexpr absl::string_view kDigestKey = "record-sha256 ";

bool ParseCount(const std::string& text, int64_t& out) {
  return absl::SimpleAtoi(text, &out) && out >= 0;
}

bool IsDigestOrEmpty(absl::string_view text) {
  return text.empty() || IsSha256Hex(text);
}

// The lines between the first and the digest, when both are right.
absl::optional<absl::string_view> Unseal(absl::string_view text) {
  const size_t digest_at = text.rfind(kDigestKey);
  if (digest_at == absl::string_view::npos) return absl::nullopt;
  const absl::string_view sealed = text.substr(0, digest_at);
  const std::string last = absl::StrCat(kDigestKey, Sha256Hex(sealed), "\n");
  if (text.substr(digest_at) != last) return absl::nullopt;
  absl::string_view body = sealed;
  if (!absl::ConsumePrefix(&body, kFirstLine)) return absl::nullopt;
  return body;
}

}  // namespace

std::string FormatResumeRecord(const ResumeRecord& record) {
  const std::string sealed = absl::StrCat(
      kFirstLine, "source ", record.source, "\netag ", record.etag,
      "\nlast-modified ", record.last_modified, "\nlast-modified-strong ",
      record.last_modified_strong ? "1" : "0", "\nsha256 ", record.sha256,
      "\ntotal ", record.total_bytes, "\ndurable ", record.durable_bytes,
      "\ndurable-sha256 ", record.durable_sha256, "\n");
  return absl::StrCat(sealed, kDigestKey, Sha256Hex(sealed), "\n");
}

absl::optional<ResumeRecord> ParseResumeRecord(absl::string_view text) {
  if (text.size() > kMaxRecordBytes) return absl::nullopt;
  const absl::optional<absl::string_view> body = Unseal(text);
  if (!body.has_value()) return absl::nullopt;
  std::map<std::string, std::string> values;
  for (const absl::string_view line :
       absl::StrSplit(*body, '\n', absl::SkipEmpty())) {
    values.insert(std::pair<std::string, std::string>(
        absl::StrSplit(line, absl::MaxSplits(' ', 1))));
  }
  ResumeRecord record;
  record.source = values["source"];
  record.etag = values["etag"];
  record.last_modified = values["last-modified"];
  record.last_modified_strong = values["last-modified-strong"] == "1";
  record.sha256 = values["sha256"];
  record.durable_sha256 = values["durable-sha256"];
  if (!ParseCount(values["total"], record.total_bytes) ||
      !ParseCount(values["durable"], record.durable_bytes) ||
      !IsSha256Hex(record.source) || !IsDigestOrEmpty(record.sha256) ||
      !IsDigestOrEmpty(record.durable_sha256)) {
    return absl::nullopt;
  }
  if (record.total_bytes > 0 && record.durable_bytes > record.total_bytes) {
    return absl::nullopt;
  }
  return record;
}

}  // namespace localstore::fetcher
