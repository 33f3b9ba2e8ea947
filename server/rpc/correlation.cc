#include "server/rpc/correlation.h"

#include <algorithm>
#include <cstdint>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace localstore::server {
namespace {

constexpr size_t kMaxRequestIdBytes = 128;

absl::string_view Find(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata,
    const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return "";
  return absl::string_view(found->second.data(), found->second.size());
}

bool IsRequestId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxRequestIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("./:_=+@-", c);
         });
}

std::string MakeRequestId() {
  thread_local absl::BitGen random;
  return absl::StrCat(
      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

}  // namespace

std::string TraceIdOf(absl::string_view traceparent) {
  // "00-" 32 hex digits "-" 16 hex digits "-" 2 hex digits; later versions may
  // go on after that.
  constexpr size_t kLength = 55;
  if (traceparent.size() < kLength) return "";
  const absl::string_view version = traceparent.substr(0, 2);
  const absl::string_view trace_id = traceparent.substr(3, 32);
  const absl::string_view parent_id = traceparent.substr(36, 16);
  const absl::string_view flags = traceparent.substr(53, 2);
  const bool goes_on = traceparent.size() > kLength;
  const bool well_formed =
      traceparent[2] == '-' && traceparent[35] == '-' &&
      traceparent[52] == '-' && IsLowerHex(version) && IsLowerHex(trace_id) &&
      IsLowerHex(parent_id) && IsLowerHex(flags) && version != "ff" &&
      (!goes_on || (version != "00" && traceparent[kLength] == '-'));
  const auto is_zero = [](absl::string_view id) {
    return id.find_first_not_of('0') == absl::string_view::npos;
  };
  if (!well_formed || is_zero(trace_id) || is_zero(parent_id)) return "";
  return std::string(trace_id);
}

Correlation CorrelationOf(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  const absl::string_view given = Find(metadata, kRequestIdKey);
  Correlation correlation;
  correlation.request_id =
      IsRequestId(given) ? std::string(given) : MakeRequestId();
  correlation.trace_id = TraceIdOf(Find(metadata, "traceparent"));
  return correlation;
}

}  // namespace localstore::server
