// Status line and fields of an HTTP/1 response (RFC 9110, RFC 9112).
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
  int status = 0;
  // Names in lower case, values without the space around them.
  std::vector<std::pair<std::string, std::string>> fields;

  // The value of a field; "" when there is none. Of one that came several times
  // all of them, as a list (RFC 9110, 5.3): where only one may stand, that is
  // none.
  std::string Value(absl::string_view lower_case_name) const;
  bool Has(absl::string_view lower_case_name) const;

  // Content-Length; none when missing, not a number, or to be ignored because
  // of a transfer coding.
  absl::optional<int64_t> ContentLength() const;
  // False when there are Content-Lengths that are no numbers or contradict each
  // other: then nothing can be told of the body (RFC 9112, 6.3).
  bool HasValidLength() const;
  // False when there is a transfer coding beside chunked, which was not asked
  // for (RFC 9110, 10.1.4).
  bool HasKnownCoding() const;
  // Whether the end of the body can be told from the connection's: by its
  // length or by the chunked coding.
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
  // fields or bytes, or when one of them cannot be read, or in two ways.
  absl::Status AddLine(absl::string_view line);
  bool done() const { return done_; }
  const ResponseHead& head() const { return head_; }

 private:
  absl::Status BeginBlock(absl::string_view status_line);
  absl::Status AddField(absl::string_view line);
  absl::Status Fold(absl::string_view line);

  ResponseHead head_;
  bool in_block_ = false;
  bool done_ = false;
  size_t bytes_ = 0;
  int interim_ = 0;
};

}  // namespace localstore::fetcher
