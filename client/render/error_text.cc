#include "client/render/error_text.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/render/units.h"
#include "google/rpc/error_details.pb.h"

namespace localstore::client {
namespace {

// The first detail of that type that can be read; an empty one if none.
template <typename Detail>
Detail FindDetail(const google::rpc::Status& status) {
  for (const auto& any : status.details()) {
    Detail detail;
    if (any.Is<Detail>() && any.UnpackTo(&detail)) return detail;
  }
  return Detail();
}

std::string ReasonOrCode(const google::rpc::Status& status) {
  const std::string reason =
      FindDetail<google::rpc::ErrorInfo>(status).reason();
  return reason.empty() ? GrpcCodeName(status.code()) : reason;
}

// A line for each sentence: some messages tell how it is on every bridge. At
// least one.
std::vector<std::string> MessageLines(const google::rpc::Status& status,
                                      const Style& style) {
  const std::string sentences =
      absl::StrReplaceAll(status.message(), {{". ", ".\n"}});
  std::vector<std::string> lines;
  for (const absl::string_view line :
       absl::StrSplit(sentences, '\n', absl::SkipWhitespace())) {
    lines.push_back(style.Safe(line));
  }
  if (lines.empty()) lines.emplace_back("no message");
  return lines;
}

// Whether the message shows `value`, or each part of a list.
bool IsShown(const google::rpc::Status& status, absl::string_view value) {
  const std::vector<absl::string_view> parts = absl::StrSplit(value, ',');
  return std::all_of(parts.begin(), parts.end(), [&](absl::string_view part) {
    return absl::StrContains(status.message(), part);
  });
}

std::string MetadataLines(const google::rpc::Status& status,
                          const Style& style) {
  const auto info = FindDetail<google::rpc::ErrorInfo>(status);
  const std::map<std::string, std::string> sorted(info.metadata().begin(),
                                                  info.metadata().end());
  std::string out;
  for (const auto& entry : sorted) {
    if (IsShown(status, entry.second)) continue;
    absl::StrAppend(&out, "  ", style.Safe(entry.first), ": ",
                    style.Safe(entry.second), "\n");
  }
  return out;
}

// " (--ca)" behind a field of the request that a flag of another name gave.
std::string FlagBehind(absl::string_view field) {
  static const auto& flags = *new std::map<absl::string_view, const char*>{
      {"all_endpoints", "all"},
      {"bypass_cache", "no_cache"},
      {"ca_certificates_pem", "ca"},
      {"client_certificate_pem", "client_certificate"},
      {"client_key_pem", "client_key"},
      {"download_id", "id"},
      {"fqdn", "datastore"},
      {"max_bytes_per_second", "limit_rate"},
      {"max_size_bytes", "max_size"},
      {"size_bytes", "size"},
  };
  const size_t dot = field.rfind('.');
  const auto found = flags.find(
      dot == absl::string_view::npos ? field : field.substr(dot + 1));
  return found == flags.end() ? "" : absl::StrCat(" (--", found->second, ")");
}

std::string ViolationLines(const google::rpc::Status& status,
                           const Style& style) {
  const auto bad_request = FindDetail<google::rpc::BadRequest>(status);
  std::string out;
  for (const auto& violation : bad_request.field_violations()) {
    absl::StrAppend(&out, "  ", style.Safe(violation.field()),
                    FlagBehind(violation.field()), ": ",
                    style.Safe(violation.description()), "\n");
  }
  return out;
}

std::string RetryLine(const google::rpc::Status& status) {
  const auto retry = FindDetail<google::rpc::RetryInfo>(status);
  if (!retry.has_retry_delay()) return "";
  return absl::StrCat("  try again in ",
                      TimeLeftText(FromProto(retry.retry_delay())), "\n");
}

// What to change, in the words of the command line, where the server's message
// only tells what is.
std::string AdviceLine(const google::rpc::Status& status) {
  static const auto& advice = *new std::map<std::string, const char*>{
      {"DIGEST_MISMATCH",
       "nothing is left at the destination; compare --sha256 with what "
       "sha256sum says of the file in the App"},
      {"HOST_NOT_LOCAL",
       "ask for the App's host-name= with .local behind it, as in store.local"},
      {"SIZE_MISMATCH",
       "nothing is left at the destination; correct --size, or the image in "
       "the App"},
      {"TOO_LARGE",
       "raise --max_size, or max_image_bytes in the server's configuration"},
  };
  const auto found = advice.find(ReasonOrCode(status));
  if (found == advice.end() || absl::StrContains(status.message(), ": give")) {
    return "";
  }
  return absl::StrCat("  ", found->second, "\n");
}

}  // namespace

std::string GrpcCodeName(int code) {
  const std::string name =
      absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
  return name.empty() ? absl::StrCat("code ", code) : name;
}

std::string RenderError(const google::rpc::Status& status, const Style& style) {
  const std::string violations = ViolationLines(status, style);
  // The message of a bad request quotes the violations; a list reads better.
  const std::vector<std::string> lines =
      violations.empty() ? MessageLines(status, style)
                         : std::vector<std::string>{"the request is not valid"};
  std::string out = absl::StrCat(
      style.Paint(Colour::kRed, "error:"), " ", lines.front(), " ",
      style.Paint(Colour::kDim,
                  absl::StrCat("[", style.Safe(ReasonOrCode(status)), "]")),
      "\n");
  for (size_t i = 1; i < lines.size(); ++i) {
    absl::StrAppend(&out, "  ", lines[i], "\n");
  }
  return absl::StrCat(out, violations, MetadataLines(status, style),
                      AdviceLine(status), RetryLine(status));
}

std::string RenderErrorLine(const google::rpc::Status& status,
                            const Style& style) {
  return absl::StrCat(style.Safe(status.message()), " [",
                      style.Safe(ReasonOrCode(status)), "]");
}

}  // namespace localstore::client
