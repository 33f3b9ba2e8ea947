#include "fetcher/http/printable.h"

#include "absl/strings/ascii.h"

namespace localstore::fetcher {

std::string Printable(absl::string_view text, size_t max_bytes) {
  std::string result(text.substr(0, max_bytes));
  for (char& c : result) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return result;
}

}  // namespace localstore::fetcher
