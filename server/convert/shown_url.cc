#include "server/convert/shown_url.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace localstore::server {
namespace {

// A part without "=" may be the value itself.
std::string ShownPart(absl::string_view part) {
  const size_t equals = part.find('=');
  if (equals == absl::string_view::npos) return "***";
  return absl::StrCat(part.substr(0, equals), "=***");
}

}  // namespace

std::string ShownUrl(absl::string_view url) {
  const size_t question = url.find('?');
  if (question == absl::string_view::npos) return std::string(url);
  std::vector<std::string> parts;
  for (const absl::string_view part :
       absl::StrSplit(url.substr(question + 1), '&')) {
    parts.push_back(ShownPart(part));
  }
  return absl::StrCat(url.substr(0, question), "?", absl::StrJoin(parts, "&"));
}

}  // namespace localstore::server
