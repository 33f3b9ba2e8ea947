#include "server/config/setting.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "server/convert/time.h"

namespace localstore::server {
namespace {

using google::protobuf::FieldDescriptor;

bool IsDuration(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == google::protobuf::Duration::descriptor();
}

absl::Status Wrong(absl::string_view name, absl::string_view text,
                   absl::string_view expected) {
  return MakeBadRequest(
      {{std::string(name), absl::StrCat("\"", text, "\" is not ", expected)}});
}

void SetList(const FieldDescriptor& field, absl::string_view text,
             v1::Config& config) {
  const auto* reflection = v1::Config::GetReflection();
  reflection->ClearField(&config, &field);
  for (const absl::string_view item :
       absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    reflection->AddString(&config, &field,
                          std::string(absl::StripAsciiWhitespace(item)));
  }
}

absl::Status SetDuration(const FieldDescriptor& field, absl::string_view text,
                         v1::Config& config) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) {
    return Wrong(field.name(), text, "a duration such as \"1.5s\" or \"2m\"");
  }
  v1::Config::GetReflection()
      ->MutableMessage(&config, &field)
      ->CopyFrom(ToProto(duration));
  return absl::OkStatus();
}

template <typename Number>
absl::Status ParseNumber(const FieldDescriptor& field, absl::string_view text,
                         Number& number) {
  if (absl::SimpleAtoi(text, &number)) return absl::OkStatus();
  return Wrong(field.name(), text, "a whole number in range");
}

absl::Status SetScalar(const FieldDescriptor& field, absl::string_view text,
                       v1::Config& config) {
  const auto* reflection = v1::Config::GetReflection();
  absl::Status status;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(&config, &field, std::string(text));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t number = 0;
      status = ParseNumber(field, text, number);
      if (status.ok()) reflection->SetInt32(&config, &field, number);
      return status;
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      int64_t number = 0;
      status = ParseNumber(field, text, number);
      if (status.ok()) reflection->SetInt64(&config, &field, number);
      return status;
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      bool truth = false;
      if (!absl::SimpleAtob(text, &truth)) {
        return Wrong(field.name(), text, "\"true\" or \"false\"");
      }
      reflection->SetBool(&config, &field, truth);
      return absl::OkStatus();
    }
    default:
      return Wrong(field.name(), text, "what text can set");
  }
}

bool TextCanSet(const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return IsDuration(field);
  }
  return !field.is_repeated() ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

// Levenshtein's.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> SettingNames() {
  std::vector<std::string> names;
  const auto* descriptor = v1::Config::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    if (TextCanSet(*descriptor->field(i))) {
      names.push_back(descriptor->field(i)->name());
    }
  }
  return names;
}

absl::Status SetFromText(absl::string_view name, absl::string_view text,
                         v1::Config& config) {
  const FieldDescriptor* field =
      v1::Config::descriptor()->FindFieldByName(std::string(name));
  if (field == nullptr || !TextCanSet(*field)) {
    return MakeBadRequest({{std::string(name), "is no setting"}});
  }
  if (IsDuration(*field)) return SetDuration(*field, text, config);
  if (field->is_repeated()) {
    SetList(*field, text, config);
    return absl::OkStatus();
  }
  return SetScalar(*field, text, config);
}

std::string Nearest(absl::string_view name,
                    const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(name.size() / 3, 2) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = EditDistance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace localstore::server
