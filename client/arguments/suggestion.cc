#include "client/arguments/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <map>

#include "absl/strings/match.h"

namespace localstore::client {
namespace {

// A mistyped word is short; what is longer than this is no mistyped word.
constexpr size_t kLongestWord = 64;
constexpr size_t kShortestPrefix = 3;

}  // namespace

int EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<int>> cost(a.size() + 1,
                                     std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = static_cast<int>(i);
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({replaced, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

std::string Suggest(absl::string_view given,
                    const std::vector<std::string>& known) {
  if (given.empty() || given.size() > kLongestWord) return "";
  int best_distance = std::max<int>(1, static_cast<int>(given.size()) / 3) + 1;
  std::string best;
  for (const std::string& word : known) {
    const bool begun =
        given.size() >= kShortestPrefix && absl::StartsWith(word, given);
    const int distance = begun ? 1 : EditDistance(given, word);
    if (distance < best_distance) {
      best_distance = distance;
      best = word;
    }
  }
  return best;
}

std::string NameHere(absl::string_view elsewhere) {
  static const auto& names = *new std::map<absl::string_view, const char*>{
      {"--json", "--output=json"},
      {"--v", "--version"},
      {"--V", "--version"},
      {"delete", "remove"},
      {"fetch", "download"},
      {"get", "status"},
      {"list", "status"},
      {"lookup", "resolve"},
      {"ls", "status"},
      {"ps", "status"},
      {"pull", "download"},
      {"rm", "remove"},
      {"stop", "cancel"},
      {"version", "--version"},
  };
  const auto found = names.find(elsewhere);
  return found == names.end() ? "" : found->second;
}

}  // namespace localstore::client
