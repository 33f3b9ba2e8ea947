// The generic syntax of URLs (RFC 3986), for datastore_url and
// redirect_target. Pure functions on text; they never quote it, because it may
// hold a secret.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace localstore::fetcher {

// The components of a URI reference (RFC 3986, section 3 and appendix B);
// views into the text. A component that is absent is not the same as one that
// is empty.
struct UriReference {
  absl::optional<absl::string_view> scheme;
  absl::optional<absl::string_view> authority;
  absl::string_view path;
  absl::optional<absl::string_view> query;
  absl::optional<absl::string_view> fragment;
};

// Splits any text; checks nothing.
UriReference SplitUriReference(absl::string_view text);

// What is wrong with the characters of `text`, in words; nullopt when each is
// printable ASCII that a URL may hold and each "%" begins an escape. A "#" is
// wrong here: a URL that is fetched has no fragment.
absl::optional<std::string> FindBadUrlCharacter(absl::string_view text);

// True when a segment of `path` is "." or ".." as it stands or once decoded,
// slashes and backslashes that are escaped counted as separators.
bool HasDotSegment(absl::string_view path);

// RFC 3986, section 5.2.4.
std::string RemoveDotSegments(absl::string_view path);

// Each escape replaced by its byte. Escapes must be well formed.
std::string PercentDecode(absl::string_view text);

}  // namespace localstore::fetcher
