// What is known of the unfinished file beside it, so that a later download can
// go on from there.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace localstore::fetcher {

struct ResumeRecord {
  // SHA-256 of the source's URL, in hex: the URL itself may hold a secret.
  std::string source;
  std::string etag;           // as sent, weak or strong; "" when there was none
  std::string last_modified;  // as sent; "" when there was none
  bool last_modified_strong = false;  // RFC 9110, section 8.8.2.2
  std::string sha256;                 // wanted, in hex; "" when none is
  int64_t total_bytes = 0;            // of the whole image; 0: unknown
  int64_t durable_bytes = 0;          // of them on the disk
  std::string durable_sha256;         // of these, in hex; "" when not known

  friend bool operator==(const ResumeRecord& a, const ResumeRecord& b) {
    return a.source == b.source && a.etag == b.etag &&
           a.last_modified == b.last_modified &&
           a.last_modified_strong == b.last_modified_strong &&
           a.sha256 == b.sha256 && a.total_bytes == b.total_bytes &&
           a.durable_bytes == b.durable_bytes &&
           a.durable_sha256 == b.durable_sha256;
  }
};

constexpr size_t kMaxRecordBytes = 4096;

// Lines of text, closed by a digest over them. Values must hold no line break.
std::string FormatResumeRecord(const ResumeRecord& record);

// None when `text` is not a whole, unharmed record of this version.
absl::optional<ResumeRecord> ParseResumeRecord(absl::string_view text);

}  // namespace localstore::fetcher
