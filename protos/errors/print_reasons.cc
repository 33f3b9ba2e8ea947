// Prints the table of reasons as Markdown.
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "protos/errors/error.h"
#include "protos/errors/reason_table.h"

namespace localstore {
namespace {

std::string KeysOf(const ReasonFacts& facts) {
  std::vector<std::string> keys;
  for (const absl::string_view key :
       absl::StrSplit(facts.metadata, ", ", absl::SkipEmpty())) {
    keys.push_back(absl::StrCat("`", key, "`"));
  }
  return absl::StrJoin(keys, ", ");
}

std::string Row(const ReasonFacts& facts) {
  return absl::StrCat("| `", ReasonName(facts.reason), "` | ",
                      absl::StatusCodeToString(facts.code), " | ", facts.when,
                      facts.sent ? "" : " Not sent by this version.", " | ",
                      KeysOf(facts), " | ", facts.what_to_do, " |\n");
}

std::string Table() {
  std::string table =
      "| Reason | gRPC code | When | Metadata | What to do |\n"
      "|---|---|---|---|---|\n";
  for (const ReasonFacts& facts : ReasonTable()) table += Row(facts);
  return table;
}

}  // namespace
}  // namespace localstore

int main() {
  return std::fputs(localstore::Table().c_str(), stdout) < 0 ? 1 : 0;
}
