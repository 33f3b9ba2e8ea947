#include "server/requests/unreadable_request.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "protos/errors/utf8.h"

namespace localstore::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr size_t kMaxViolations = 16;

bool HoldsText(const FieldDescriptor* field, uint32_t tag) {
  return field != nullptr &&
         WireFormatLite::GetTagWireType(tag) ==
             WireFormatLite::WIRETYPE_LENGTH_DELIMITED &&
         (field->type() == FieldDescriptor::TYPE_STRING ||
          field->type() == FieldDescriptor::TYPE_MESSAGE);
}

// Requests hold no message within one of its own kind: the depth is bounded.
void FindWrongText(const Descriptor& type, absl::string_view bytes,
                   const std::string& prefix,
                   std::vector<FieldViolation>& violations) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                         static_cast<int>(bytes.size()));
  std::map<int, int> seen;
  while (violations.size() < kMaxViolations) {
    const uint32_t tag = input.ReadTag();
    if (tag == 0) return;
    const FieldDescriptor* field =
        type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (!HoldsText(field, tag)) {
      if (!WireFormatLite::SkipField(&input, tag)) return;
      continue;
    }
    uint32_t size = 0;
    std::string value;
    if (!input.ReadVarint32(&size) ||
        !input.ReadString(&value, static_cast<int>(size))) {
      return;
    }
    const int index = seen[field->number()]++;
    std::string path = absl::StrCat(prefix, field->name());
    if (field->is_repeated()) absl::StrAppend(&path, "[", index, "]");
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      FindWrongText(*field->message_type(), value, absl::StrCat(path, "."),
                    violations);
    } else if (ToUtf8(value) != value) {
      violations.push_back({path, "is not valid UTF-8"});
    }
  }
}

}  // namespace

absl::Status DescribeUnreadable(const Descriptor& type,
                                absl::string_view bytes) {
  std::vector<FieldViolation> violations;
  FindWrongText(type, bytes, "", violations);
  if (!violations.empty()) return MakeBadRequest(violations);
  return MakeError(
      v1::ERROR_REASON_INVALID_REQUEST,
      absl::StrCat("what was sent is no ", type.full_name(), " message"));
}

}  // namespace localstore::server
