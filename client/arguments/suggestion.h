// "Did you mean ...?"
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace localstore::client {

// Letters to insert, remove, replace or swap with their neighbour to make `a`
// into `b`, each part of the text changed at most once.
int EditDistance(absl::string_view a, absl::string_view b);

// The one of `known` that `given` was most likely meant to be, "" when none is
// near. Of equals the first.
std::string Suggest(absl::string_view given,
                    const std::vector<std::string>& known);

// What a command or flag that other tools have is called here: "status" for
// "list", "--output=json" for "--json". "" for any other word.
std::string NameHere(absl::string_view elsewhere);

}  // namespace localstore::client
