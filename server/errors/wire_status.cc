#include "server/errors/wire_status.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "protos/errors/error.h"
#include "protos/errors/utf8.h"
#include "server/convert/serialize.h"

namespace localstore::server {
namespace {

// Together they stay below 8 KiB also when the message is percent-encoded and
// the details are in base64.
constexpr size_t kMaxMessageBytes = 800;
constexpr size_t kMaxMetadataValueBytes = 300;
constexpr size_t kMaxMetadataBytes = 1200;
constexpr size_t kMaxViolationBytes = 240;
constexpr size_t kMaxViolationsBytes = 1500;

std::string Fit(const std::string& text, size_t max_bytes) {
  return Truncate(ToUtf8(text), max_bytes);
}

google::rpc::ErrorInfo Fit(const google::rpc::ErrorInfo& info) {
  google::rpc::ErrorInfo result;
  result.set_reason(info.reason());
  result.set_domain(info.domain());
  size_t used = 0;
  const std::map<std::string, std::string> sorted(info.metadata().begin(),
                                                  info.metadata().end());
  for (const auto& entry : sorted) {
    const std::string value = Fit(entry.second, kMaxMetadataValueBytes);
    used += entry.first.size() + value.size();
    if (used > kMaxMetadataBytes) break;
    (*result.mutable_metadata())[ToUtf8(entry.first)] = value;
  }
  return result;
}

google::rpc::BadRequest Fit(const google::rpc::BadRequest& bad_request) {
  google::rpc::BadRequest result;
  size_t used = 0;
  int taken = 0;
  for (const auto& violation : bad_request.field_violations()) {
    const std::string field = Fit(violation.field(), kMaxViolationBytes);
    const std::string text = Fit(violation.description(), kMaxViolationBytes);
    used += field.size() + text.size();
    if (used > kMaxViolationsBytes) break;
    auto* entry = result.add_field_violations();
    entry->set_field(field);
    entry->set_description(text);
    ++taken;
  }
  const int left_out = bad_request.field_violations_size() - taken;
  if (left_out > 0 && taken > 0) {
    auto* last = result.mutable_field_violations(taken - 1);
    last->set_description(
        absl::StrCat(last->description(), " (and ", left_out, " more)"));
  }
  return result;
}

}  // namespace

google::rpc::Status ToWireStatus(const absl::Status& status) {
  google::rpc::Status result = ToRpcStatus(status);
  result.set_message(Fit(result.message(), kMaxMessageBytes));
  for (google::protobuf::Any& detail : *result.mutable_details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    if (detail.UnpackTo(&info)) {
      detail.set_value(SerializeDeterministically(Fit(info)));
    } else if (detail.UnpackTo(&bad_request)) {
      detail.set_value(SerializeDeterministically(Fit(bad_request)));
    }
  }
  return result;
}

}  // namespace localstore::server
