#include "client/render/download_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/render/units.h"

namespace localstore::client {
namespace {

// The part of a URL between "://" and the path, without user and query.
absl::string_view AuthorityOf(absl::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != absl::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const size_t user = url.rfind('@');
  if (user != absl::string_view::npos) url.remove_prefix(user + 1);
  return url;
}

absl::string_view LastPathPart(absl::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const size_t slash = url.rfind('/');
  return slash == absl::string_view::npos ? url : url.substr(slash + 1);
}

absl::Duration TimeTaken(const v1::Download& download) {
  if (!download.has_end_time()) return absl::ZeroDuration();
  const absl::Time begin =
      FromProto(download.has_start_time() ? download.start_time()
                                          : download.create_time());
  return std::max(FromProto(download.end_time()) - begin, absl::ZeroDuration());
}

}  // namespace

std::string StateName(v1::Download::State state) {
  switch (state) {
    case v1::Download::STATE_QUEUED:
      return "queued";
    case v1::Download::STATE_RESOLVING:
      return "resolving";
    case v1::Download::STATE_DOWNLOADING:
      return "downloading";
    case v1::Download::STATE_VERIFYING:
      return "verifying";
    case v1::Download::STATE_WAITING:
      return "waiting";
    case v1::Download::STATE_COMPLETED:
      return "completed";
    case v1::Download::STATE_FAILED:
      return "failed";
    case v1::Download::STATE_CANCELLED:
      return "cancelled";
    default:
      return "unknown";
  }
}

bool HasEnded(v1::Download::State state) {
  return state == v1::Download::STATE_COMPLETED ||
         state == v1::Download::STATE_FAILED ||
         state == v1::Download::STATE_CANCELLED;
}

std::string NameOf(const v1::Download& download, const Style& style) {
  if (!download.destination().empty()) {
    return style.Safe(download.destination());
  }
  const absl::string_view part = LastPathPart(download.url());
  return style.Safe(part.empty() ? absl::string_view(download.download_id())
                                 : part);
}

std::string HostOf(const std::string& url) {
  absl::string_view authority = AuthorityOf(url);
  const size_t bracket = authority.find(']');
  const size_t colon = bracket == absl::string_view::npos
                           ? authority.find(':')
                           : authority.find(':', bracket);
  return std::string(authority.substr(0, colon));
}

std::string RewriteText(const v1::Download& download, const Style& style) {
  if (download.effective_url().empty()) return "";
  std::string out = absl::StrCat(style.Safe(download.url()), " -> ",
                                 style.Safe(download.effective_url()));
  const v1::Endpoint& endpoint = download.endpoint();
  if (!endpoint.bridge().empty()) {
    absl::StrAppend(&out, " on bridge ", style.Safe(endpoint.bridge()));
  }
  if (!endpoint.source_address().empty()) {
    absl::StrAppend(&out, ", from ", style.Safe(endpoint.source_address()));
  }
  if (!download.datastore().empty() &&
      download.datastore() != HostOf(download.url())) {
    absl::StrAppend(&out, ", datastore ", style.Safe(download.datastore()));
  }
  return out;
}

std::string CompletedText(const v1::Download& download) {
  const int64_t size = download.received_bytes();
  const int64_t resumed = std::clamp<int64_t>(download.resumed_bytes(), 0,
                                              std::max<int64_t>(size, 0));
  if (size > 0 && resumed == size) {
    return absl::StrCat("completed, ", BytesText(size), ", was there already");
  }
  const absl::Duration taken = TimeTaken(download);
  std::string out =
      absl::StrCat("completed, ", BytesText(size), " in ", DurationText(taken));
  if (taken > absl::ZeroDuration()) {
    absl::StrAppend(&out, " (",
                    RateText(static_cast<double>(size - resumed) /
                             absl::ToDoubleSeconds(taken)),
                    ")");
  }
  if (resumed > 0) {
    absl::StrAppend(&out, ", resumed from ", BytesText(resumed));
  }
  return out;
}

std::string SummaryText(const v1::Download& download, const Style& style) {
  if (download.state() != v1::Download::STATE_COMPLETED) return "";
  std::string out =
      absl::StrCat(style.Paint(Colour::kGreen, NameOf(download, style)), ": ",
                   CompletedText(download), "\n");
  if (!download.sha256().empty()) {
    absl::StrAppend(&out, "sha256 ", style.Safe(download.sha256()), "\n");
  }
  return out;
}

}  // namespace localstore::client
