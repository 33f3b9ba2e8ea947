#include "server/requests/job_requests.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "server/requests/field_checks.h"
#include "server/requests/violations.h"

namespace localstore::server {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr int kMaxIds = 1000;
constexpr char kTokenPrefix[] = "after:";

std::vector<std::string> CheckIds(
    const google::protobuf::RepeatedPtrField<std::string>& ids,
    Violations& violations) {
  if (ids.size() > kMaxIds) {
    violations.Add("download_ids",
                   absl::StrCat("names ", ids.size(), " downloads; at most ",
                                kMaxIds, " are allowed"));
    return {};
  }
  std::vector<std::string> result;
  for (int i = 0; i < ids.size(); ++i) {
    CheckDownloadId(ids[i], absl::StrCat("download_ids[", i, "]"), violations);
    if (std::find(result.begin(), result.end(), ids[i]) == result.end()) {
      result.push_back(ids[i]);
    }
  }
  return result;
}

uint64_t CheckPageToken(const std::string& token, Violations& violations) {
  if (token.empty()) return 0;
  std::string text;
  uint64_t after = 0;
  if (!absl::WebSafeBase64Unescape(token, &text) ||
      text.rfind(kTokenPrefix, 0) != 0 ||
      !absl::SimpleAtoi(absl::StripPrefix(text, kTokenPrefix), &after)) {
    violations.Add("page_token",
                   "was not given by this server; repeat next_page_token of "
                   "the page before");
  }
  return after;
}

absl::Status CheckId(const std::string& id) {
  Violations violations;
  CheckDownloadId(id, "download_id", violations);
  return violations.ToStatus();
}

}  // namespace

absl::StatusOr<StatusOrder> MakeStatusOrder(const v1::StatusRequest& request) {
  Violations violations;
  StatusOrder order;
  order.download_ids = CheckIds(request.download_ids(), violations);
  if (request.page_size() < 0) {
    violations.Add("page_size", "is negative");
  }
  order.page_size = request.page_size() == 0
                        ? kDefaultPageSize
                        : std::min(request.page_size(), kMaxPageSize);
  order.after = CheckPageToken(request.page_token(), violations);
  if (!violations.empty()) return violations.ToStatus();
  return order;
}

std::string PageToken(uint64_t last_sequence) {
  return absl::WebSafeBase64Escape(absl::StrCat(kTokenPrefix, last_sequence));
}

absl::StatusOr<std::vector<std::string>> WatchedIds(
    const v1::WatchRequest& request) {
  Violations violations;
  std::vector<std::string> ids = CheckIds(request.download_ids(), violations);
  if (!violations.empty()) return violations.ToStatus();
  return ids;
}

absl::Status CheckRequest(const v1::CancelRequest& request) {
  return CheckId(request.download_id());
}

absl::Status CheckRequest(const v1::RemoveRequest& request) {
  return CheckId(request.download_id());
}

}  // namespace localstore::server
