#include "client/render/json.h"

#include <memory>
#include <utility>
#include <vector>

#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace localstore::client {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;

bool IsReadable(const google::protobuf::Any& detail) {
  std::string name;
  if (!google::protobuf::Any::ParseAnyTypeUrl(detail.type_url(), &name)) {
    return false;
  }
  const auto* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          name);
  if (type == nullptr) return false;
  const std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(type)
          ->New());
  return message->ParseFromString(detail.value());
}

void DropUnreadableDetails(google::rpc::Status& status) {
  google::protobuf::RepeatedPtrField<google::protobuf::Any> readable;
  for (google::protobuf::Any& detail : *status.mutable_details()) {
    if (IsReadable(detail)) *readable.Add() = std::move(detail);
  }
  status.mutable_details()->Swap(&readable);
}

bool HasJsonForm(const Message& time) {
  std::string json;
  return google::protobuf::util::MessageToJsonString(time, &json).ok();
}

// Clears, at any depth, what has no JSON form: times beyond their range, and
// details of errors that this program cannot read. One such would take the
// whole message with it.
void MakeReadable(Message& message) {
  if (auto* status = dynamic_cast<google::rpc::Status*>(&message)) {
    DropUnreadableDetails(*status);
    return;
  }
  const bool is_time =
      dynamic_cast<google::protobuf::Duration*>(&message) != nullptr ||
      dynamic_cast<google::protobuf::Timestamp*>(&message) != nullptr;
  if (is_time) {
    if (!HasJsonForm(message)) message.Clear();
    return;
  }
  const google::protobuf::Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      MakeReadable(*reflection->MutableMessage(&message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      MakeReadable(*reflection->MutableRepeatedMessage(&message, field, i));
    }
  }
}

}  // namespace

std::string ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  if (google::protobuf::util::MessageToJsonString(message, &json, options)
          .ok()) {
    return json;
  }
  const std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  MakeReadable(*copy);
  json.clear();
  const auto converted =
      google::protobuf::util::MessageToJsonString(*copy, &json, options);
  return converted.ok() ? json : "{}";
}

}  // namespace localstore::client
