#include "server/requests/download_request.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "server/convert/serialize.h"
#include "server/convert/shown_url.h"
#include "server/requests/field_checks.h"
#include "server/requests/violations.h"

namespace localstore::server {
namespace {

constexpr size_t kSha256Digits = 64;

// RFC 9562, section 5.4.
std::string MakeUuid() {
  absl::BitGen random;
  const uint64_t high = (absl::Uniform<uint64_t>(random) & ~0xF000ULL) | 0x4000;
  const uint64_t low =
      (absl::Uniform<uint64_t>(random) & ~(3ULL << 62)) | (2ULL << 62);
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32,
                         (high >> 16) & 0xFFFF, high & 0xFFFF, low >> 48,
                         low & 0xFFFF'FFFF'FFFFULL);
}

void CheckDigest(v1::DownloadRequest& request, Violations& violations) {
  std::string& digest = *request.mutable_sha256();
  if (digest.empty()) {
    if (request.allow_unverified()) return;
    return violations.Add("sha256",
                          "is required: give the image's SHA-256, or set "
                          "allow_unverified to take whatever is there");
  }
  const bool hex = std::all_of(digest.begin(), digest.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  if (digest.size() != kSha256Digits || !hex) {
    return violations.Add("sha256", absl::StrCat("must be ", kSha256Digits,
                                                 " hexadecimal digits"));
  }
  absl::AsciiStrToLower(&digest);
}

void CheckNotNegative(int64_t value, absl::string_view field,
                      Violations& violations) {
  if (value < 0) violations.Add(field, "is negative");
}

void CheckSizes(const v1::DownloadRequest& request, Violations& violations) {
  CheckNotNegative(request.size_bytes(), "size_bytes", violations);
  CheckNotNegative(request.max_size_bytes(), "max_size_bytes", violations);
  CheckNotNegative(request.max_bytes_per_second(), "max_bytes_per_second",
                   violations);
  if (request.max_size_bytes() > 0 &&
      request.size_bytes() > request.max_size_bytes()) {
    violations.Add("size_bytes", "is more than max_size_bytes");
  }
}

void CheckProgressInterval(const v1::DownloadRequest& request,
                           Violations& violations) {
  const absl::Duration interval =
      CheckDuration(request.progress_interval(), kDefaultProgressInterval,
                    "progress_interval", violations);
  if (interval < kShortestProgressInterval) {
    violations.Add(
        "progress_interval",
        absl::StrCat("is shorter than ",
                     absl::FormatDuration(kShortestProgressInterval)));
  }
}

void CheckPolicy(v1::DisconnectPolicy policy, Violations& violations) {
  if (!v1::DisconnectPolicy_IsValid(policy)) {
    violations.Add("on_disconnect",
                   absl::StrCat("has the unknown value ", policy));
  }
}

void FillDestination(v1::DownloadRequest& request, const ImageSources& sources,
                     Violations& violations) {
  if (!request.destination().empty() || !sources.first_url.has_value()) return;
  absl::StatusOr<std::string> name = sources.first_url->FileName();
  violations.Merge(name.status(), "destination");
  if (name.ok()) request.set_destination(*std::move(name));
}

int64_t SizeLimit(int64_t asked, int64_t allowed) {
  if (asked == 0) return allowed;
  return allowed == 0 ? asked : std::min(asked, allowed);
}

fetcher::FetchRequest MakeFetchRequest(const v1::DownloadRequest& request,
                                       const DownloadRules& rules) {
  fetcher::FetchRequest fetch;
  fetch.destination = request.destination();
  fetch.sha256 = request.sha256();
  fetch.size_bytes = request.size_bytes();
  fetch.max_size_bytes =
      SizeLimit(request.max_size_bytes(), rules.max_image_bytes);
  fetch.max_bytes_per_second = request.max_bytes_per_second();
  fetch.overwrite = request.overwrite();
  return fetch;
}

// The fetcher stops at the first thing that is wrong: it is asked of the
// destination and of each source apart, beside what is right for sure.
void AskFetcher(const fetcher::FetchRequest& fetch,
                const fetcher::ImageFetcher& fetcher, Violations& violations) {
  fetcher::FetchRequest question;
  question.destination = "image";
  for (const fetcher::ImageSource& source : fetch.sources) {
    question.sources = {source};
    violations.Merge(fetcher.Validate(question), source.field);
  }
  question.sources = {HarmlessSource()};
  question.destination = fetch.destination;
  // An empty one would have come from the URL; what is wrong there is said.
  if (question.destination.empty() && !violations.empty()) return;
  violations.Merge(fetcher.Validate(question), "destination");
}

std::string Fingerprint(v1::DownloadRequest identity) {
  identity.clear_download_id();
  identity.clear_on_disconnect();
  identity.clear_timeout();
  identity.clear_progress_interval();
  // A URL that is signed anew still is the same request.
  identity.set_url(ShownUrl(identity.url()));
  identity.set_image(ShownUrl(identity.image()));
  for (v1::Datastore& datastore : *identity.mutable_datastores()) {
    datastore.mutable_credentials()->clear_value();
    datastore.clear_client_key_pem();
  }
  return SerializeDeterministically(identity);
}

absl::Status CheckLimit(const v1::DownloadRequest& request,
                        const DownloadRules& rules) {
  if (rules.max_image_bytes == 0 ||
      request.size_bytes() <= rules.max_image_bytes) {
    return absl::OkStatus();
  }
  return MakeError(v1::ERROR_REASON_TOO_LARGE,
                   absl::StrCat("the image has ", request.size_bytes(),
                                " bytes; this server takes at most ",
                                rules.max_image_bytes, " (max_image_bytes)"),
                   {{"size_bytes", absl::StrCat(request.size_bytes())},
                    {"max_image_bytes", absl::StrCat(rules.max_image_bytes)}});
}

}  // namespace

absl::StatusOr<DownloadOrder> MakeDownloadOrder(
    const v1::DownloadRequest& asked, const DownloadRules& rules) {
  Violations violations;
  DownloadOrder order;
  order.request = asked;
  v1::DownloadRequest& request = order.request;
  if (request.download_id().empty()) request.set_download_id(MakeUuid());
  CheckDownloadId(request.download_id(), "download_id", violations);
  ImageSources sources = MakeImageSources(request, *rules.catalog, violations);
  FillDestination(request, sources, violations);
  CheckDigest(request, violations);
  CheckSizes(request, violations);
  CheckPolicy(request.on_disconnect(), violations);
  order.timeout = CheckDuration(request.timeout(), absl::InfiniteDuration(),
                                "timeout", violations);
  CheckProgressInterval(request, violations);
  order.fetch = MakeFetchRequest(request, rules);
  order.fetch.sources = std::move(sources.sources);
  order.fetch.bridges = CheckBridges(request.bridges(), violations);
  AskFetcher(order.fetch, *rules.fetcher, violations);
  if (!violations.empty()) return violations.ToStatus();
  const absl::Status limit = CheckLimit(request, rules);
  if (!limit.ok()) return limit;
  order.fingerprint = Fingerprint(request);
  return order;
}

DownloadOrder MakePastOrder(v1::DownloadRequest request) {
  DownloadOrder order;
  // Of thousands of them nothing is kept that nobody asks for.
  order.request.set_download_id(request.download_id());
  order.fetch.destination = request.destination();
  order.fetch.sha256 = request.sha256();
  order.fingerprint = Fingerprint(std::move(request));
  return order;
}

absl::Duration ProgressInterval(const v1::DownloadRequest& request) {
  Violations none;
  return CheckDuration(request.progress_interval(), kDefaultProgressInterval,
                       "progress_interval", none);
}

}  // namespace localstore::server
