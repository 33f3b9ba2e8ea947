#include "protos/errors/error.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "protos/errors/reason_table.h"
#include "protos/errors/utf8.h"

namespace localstore {
namespace {

constexpr char kTypePrefix[] = "type.googleapis.com/";
constexpr absl::Duration kDefaultRetryDelay = absl::Seconds(1);

template <typename Message>
std::string TypeUrl() {
  return absl::StrCat(kTypePrefix, Message::descriptor()->full_name());
}

template <typename Message>
void Attach(absl::Status& status, const Message& message) {
  status.SetPayload(TypeUrl<Message>(),
                    absl::Cord(message.SerializeAsString()));
}

template <typename Message>
absl::optional<Message> Detail(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl<Message>());
  Message message;
  if (!payload.has_value() || !message.ParseFromString(std::string(*payload))) {
    return absl::nullopt;
  }
  return message;
}

v1::ErrorReason ReasonForCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
      return v1::ERROR_REASON_CANCELLED;
    case absl::StatusCode::kDeadlineExceeded:
      return v1::ERROR_REASON_DEADLINE_EXCEEDED;
    case absl::StatusCode::kInvalidArgument:
      return v1::ERROR_REASON_INVALID_REQUEST;
    case absl::StatusCode::kPermissionDenied:
      return v1::ERROR_REASON_PERMISSION_DENIED;
    case absl::StatusCode::kUnimplemented:
      return v1::ERROR_REASON_NOT_SUPPORTED;
    default:
      return v1::ERROR_REASON_INTERNAL;
  }
}

}  // namespace

std::string ReasonName(v1::ErrorReason reason) {
  return std::string(
      absl::StripPrefix(v1::ErrorReason_Name(reason), "ERROR_REASON_"));
}

absl::StatusCode CodeForReason(v1::ErrorReason reason) {
  for (const ReasonFacts& facts : ReasonTable()) {
    if (facts.reason == reason) return facts.code;
  }
  return absl::StatusCode::kInternal;
}

absl::Status MakeError(v1::ErrorReason reason, absl::string_view message,
                       const ErrorMetadata& metadata) {
  return MakeErrorWithCode(CodeForReason(reason), reason, message, metadata);
}

absl::Status MakeErrorWithCode(absl::StatusCode code, v1::ErrorReason reason,
                               absl::string_view message,
                               const ErrorMetadata& metadata) {
  // Texts quote what strangers sent; a message that is no UTF-8 cannot be read
  // back.
  absl::Status status(code, ToUtf8(message));
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonName(reason));
  info.set_domain(kErrorDomain);
  for (const auto& entry : metadata) {
    (*info.mutable_metadata())[ToUtf8(entry.first)] = ToUtf8(entry.second);
  }
  Attach(status, info);
  if (code == absl::StatusCode::kUnavailable ||
      code == absl::StatusCode::kResourceExhausted) {
    SetRetryDelay(status, kDefaultRetryDelay);
  }
  return status;
}

absl::Status MakeBadRequest(const std::vector<FieldViolation>& violations,
                            v1::ErrorReason reason,
                            const ErrorMetadata& metadata) {
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    auto* entry = bad_request.add_field_violations();
    entry->set_field(ToUtf8(violation.field));
    entry->set_description(ToUtf8(violation.description));
  }
  absl::Status status = MakeErrorWithCode(
      absl::StatusCode::kInvalidArgument, reason,
      absl::StrJoin(violations, "; ",
                    [](std::string* out, const FieldViolation& violation) {
                      absl::StrAppend(out, violation.field, ": ",
                                      violation.description);
                    }),
      metadata);
  Attach(status, bad_request);
  return status;
}

void SetRetryDelay(absl::Status& status, absl::Duration delay) {
  google::rpc::RetryInfo retry;
  const int64_t seconds = absl::IDivDuration(delay, absl::Seconds(1), &delay);
  retry.mutable_retry_delay()->set_seconds(seconds);
  retry.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(delay)));
  Attach(status, retry);
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  const auto info = Detail<google::rpc::ErrorInfo>(status);
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  if (info.has_value() && info->domain() == kErrorDomain) {
    v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", info->reason()),
                          &reason);
  }
  return reason;
}

std::string MetadataOf(const absl::Status& status, absl::string_view key) {
  const auto info = Detail<google::rpc::ErrorInfo>(status);
  if (!info.has_value()) return "";
  const auto found = info->metadata().find(std::string(key));
  return found == info->metadata().end() ? "" : found->second;
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  if (!status.ok() && ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED) {
    return ToRpcStatus(MakeErrorWithCode(
        status.code(), ReasonForCode(status.code()), status.message()));
  }
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  result.set_message(std::string(status.message()));
  // ForEachPayload promises no order; clients and tests like one.
  for (const std::string& type_url :
       {TypeUrl<google::rpc::ErrorInfo>(), TypeUrl<google::rpc::RetryInfo>(),
        TypeUrl<google::rpc::BadRequest>()}) {
    if (absl::optional<absl::Cord> payload = status.GetPayload(type_url)) {
      auto* detail = result.add_details();
      detail->set_type_url(type_url);
      detail->set_value(std::string(*payload));
    }
  }
  return result;
}

absl::Status FromRpcStatus(const google::rpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.code()),
                      status.message());
  for (const auto& detail : status.details()) {
    if (absl::StartsWith(detail.type_url(), kTypePrefix)) {
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
  }
  return result;
}

}  // namespace localstore
