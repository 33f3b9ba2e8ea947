// Whether the bytes that are there may be continued, and how to ask for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "fetcher/http/response_head.h"
#include "fetcher/storage/resume_record.h"

namespace localstore::fetcher {

// What is asked for now.
struct WantedImage {
  std::string source;  // as in ResumeRecord
  std::string sha256;  // "": nothing verifies the result
};

// Whether the bytes that `held` speaks of may become part of what is wanted.
// With a digest, when it is the same one, wherever they came from: it decides
// in the end. Without, only from the same source with a validator that is sure
// to change with the content.
bool MayContinue(const ResumeRecord& held, const WantedImage& wanted);

// The fields of a request for all from `offset` on, given MayContinue. If-Range
// (RFC 9110, 13.1.5) goes along where the source is the same and has given a
// strong ETag or, having given no ETag at all, a strong Last-Modified.
std::vector<std::string> RangeFields(const ResumeRecord& held,
                                     const WantedImage& wanted, int64_t offset);

// The record of what `head` begins; total_bytes and durable_bytes are left 0.
ResumeRecord DescribeResponse(const ResponseHead& head,
                              const WantedImage& wanted);

// Whether `head` is of another version of the content than `held`: an ETag that
// differs, or, in want of one on either side, a Last-Modified that differs.
bool IsOtherVersion(const ResumeRecord& held, const ResponseHead& head);

}  // namespace localstore::fetcher
