// Names that a host may go by instead of the one it was given.
#pragma once

#include <set>
#include <string>

#include "absl/strings/string_view.h"

namespace localstore::client {

// RFC 6762, section 9: a host whose name is taken picks another; avahi appends
// "-2", "-3" ... to its first label. Whether `seen` is `host` so renamed. ASCII
// case does not count.
bool IsRenamedAfterConflict(absl::string_view seen, absl::string_view host);

// Whether `seen` looks like `host` mistyped, or the one holds the other.
bool IsSimilarName(absl::string_view seen, absl::string_view host);

// Letters that are different between the first labels of two names of which
// IsSimilarName holds.
int NameDistance(absl::string_view seen, absl::string_view host);

// The first label: "store" of "store.local".
std::string FirstLabel(absl::string_view host);

}  // namespace localstore::client
