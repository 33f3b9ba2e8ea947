// The rest of a body of known length, from its connection to where it is to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "curl/curl.h"

namespace localstore::fetcher {

// Reads past libcurl, which would copy every byte once more, and which takes a
// turn of the loop for every record of TLS.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  struct Result {
    size_t bytes = 0;  // 0: none has come
    // CURLE_OK, or how the connection ended before its time: as libcurl calls
    // it, and in words.
    CURLcode code = CURLE_OK;
    std::string cause = {};
  };
  // Reads what has come into `room`, which is not empty; nothing beyond the
  // rest. Never blocks.
  Result Read(absl::Span<char> room);
  // Whether Read has something to give that the socket does not show.
  virtual bool HasMore() const = 0;

  // How many bytes are still to come.
  int64_t rest() const { return rest_; }

 protected:
  // `rest`: more than 0.
  explicit BodyReader(int64_t rest) : rest_(rest) {}

  // The end, `bytes` after those that Read has told of.
  Result CutShortAfter(size_t bytes) const;

 private:
  virtual Result ReadUpTo(absl::Span<char> room) = 0;

  int64_t rest_;
};

}  // namespace localstore::fetcher
