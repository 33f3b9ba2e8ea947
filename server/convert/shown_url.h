// A URL as it may be shown.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace localstore::server {

// `url`, absolute or only path and query, with "***" in place of each value in
// its query: that is where signed URLs carry their signature.
std::string ShownUrl(absl::string_view url);

}  // namespace localstore::server
