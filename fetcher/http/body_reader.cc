#include "fetcher/http/body_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace localstore::fetcher {

BodyReader::Result BodyReader::Read(absl::Span<char> room) {
  const auto most =
      static_cast<size_t>(std::min(rest_, static_cast<int64_t>(room.size())));
  Result result = ReadUpTo(room.first(most));
  rest_ -= static_cast<int64_t>(result.bytes);
  return result;
}

BodyReader::Result BodyReader::CutShortAfter(size_t bytes) const {
  return {
      0, CURLE_PARTIAL_FILE,
      absl::StrCat("transfer closed with ", rest_ - static_cast<int64_t>(bytes),
                   " bytes remaining to read")};
}

}  // namespace localstore::fetcher
