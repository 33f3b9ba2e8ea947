#include "fetcher/redirect_target.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fetcher/url_text.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

// RFC 3986, section 5.2.3; a base here always has an authority and a path.
std::string Merge(absl::string_view base, absl::string_view reference) {
  return absl::StrCat(base.substr(0, base.rfind('/') + 1), reference);
}

// RFC 3986, sections 5.2.2 and 5.3.
std::string Transform(const DatastoreUrl& base, const UriReference& ref) {
  std::string authority =
      ref.authority.has_value()
          ? std::string(*ref.authority)
          : absl::StrCat(base.host(),
                         base.named_port() == 0
                             ? ""
                             : absl::StrCat(":", base.named_port()));
  std::string path;
  absl::optional<absl::string_view> query = ref.query;
  if (ref.scheme.has_value() || ref.authority.has_value() ||
      absl::StartsWith(ref.path, "/")) {
    path = RemoveDotSegments(ref.path);
  } else if (ref.path.empty()) {
    path = base.path();
    if (!query.has_value() && base.query().has_value()) query = *base.query();
  } else {
    path = RemoveDotSegments(Merge(base.path(), ref.path));
  }
  // A scheme without an authority ("http:store.local") keeps that shape, so
  // that it is refused.
  const bool opaque = ref.scheme.has_value() && !ref.authority.has_value();
  return absl::StrCat(ref.scheme.value_or(base.scheme()), opaque ? ":" : "://",
                      opaque ? "" : authority, path,
                      query.has_value() ? "?" : "", query.value_or(""));
}

absl::Status Refuse(const DatastoreUrl& base, absl::string_view why) {
  const std::string url = base.Redacted();
  return MakeError(
      v1::ERROR_REASON_REDIRECT_REFUSED,
      absl::StrCat("datastore redirects ", url,
                   " to where this service does not follow: ", why),
      {{"url", url}});
}

}  // namespace

absl::StatusOr<DatastoreUrl> ResolveRedirect(const DatastoreUrl& base,
                                             absl::string_view location) {
  if (location.size() > kMaxUrlBytes) {
    return Refuse(base, absl::StrCat("its Location is ", location.size(),
                                     " bytes long, at most ", kMaxUrlBytes,
                                     " are allowed"));
  }
  const UriReference reference = SplitUriReference(location);
  absl::StatusOr<DatastoreUrl> target =
      DatastoreUrl::Parse(Transform(base, reference), "its Location");
  if (!target.ok()) return Refuse(base, target.status().message());
  if (base.is_https() && !target->is_https()) {
    return Refuse(base,
                  absl::StrCat("from https to http, at \"", target->host(),
                               "\"; let the datastore redirect to https"));
  }
  return target;
}

}  // namespace localstore::fetcher
