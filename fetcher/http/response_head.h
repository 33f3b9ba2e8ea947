// Status line and fields of an HTTP response (RFC 9110, RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace localstore::fetcher {

struct ResponseHead {
  int version_major = 0;
  int status = 0;
  // Names in lower case, values without the space around them.
  std::vector<std::pair<std::string, std::string>> fields;

  // The first value of a field; "" when there is none.
  std::string Value(absl::string_view lower_case_name) const;
  bool Has(absl::string_view lower_case_name) const;

  // Content-Length; none when missing, not a number, or to be ignored because
  // of a transfer coding.
  absl::optional<int64_t> ContentLength() const;
  // False when there are Content-Lengths that are no numbers or contradict each
  // other: then nothing can be told of the body (RFC 9112, 6.3).
  bool HasValidLength() const;
  // Whether the end of the body can be told from the connection's: by its
  // length, by the chunked coding, or by HTTP/2's frames.
  bool HasMarkedEnd() const;
};

// Puts a ResponseHead together from the lines as they come. Interim (1xx)
// responses are read and forgotten; so are trailers.
class ResponseHeadReader {
 public:
  static constexpr size_t kMaxFields = 128;
  static constexpr size_t kMaxBytes = 64 << 10;
  static constexpr int kMaxInterim = 16;

  // `line` with its line break. True with the blank line that ends the final
  // head. Errors: HTTP_PROTOCOL when there are too many interim responses,
  // fields or bytes, or the status line cannot be read.
  absl::Status AddLine(absl::string_view line);
  bool done() const { return done_; }
  const ResponseHead& head() const { return head_; }

 private:
  absl::Status BeginBlock(absl::string_view status_line);

  ResponseHead head_;
  bool in_block_ = false;
  bool done_ = false;
  size_t bytes_ = 0;
  int interim_ = 0;
};

}  // namespace localstore::fetcher
