#include "server/logging/log_context.h"

#include <algorithm>
#include <utility>

namespace localstore::server {
namespace {

thread_local const LogContext* innermost = nullptr;

bool Has(const LogFields& fields, const std::string& key) {
  return std::any_of(fields.begin(), fields.end(),
                     [&key](const auto& field) { return field.first == key; });
}

}  // namespace

LogContext::LogContext(LogFields fields)
    : fields_(std::move(fields)), outer_(std::exchange(innermost, this)) {}

LogContext::LogContext(absl::FunctionRef<LogFields()> fields)
    : later_(fields), outer_(std::exchange(innermost, this)) {}

LogContext::~LogContext() { innermost = outer_; }

const LogFields& LogContext::fields() const {
  if (!fields_.has_value()) fields_ = (*later_)();
  return *fields_;
}

void LogContext::AddTo(LogFields& fields) {
  for (const LogContext* context = innermost; context != nullptr;
       context = context->outer_) {
    for (const auto& field : context->fields()) {
      if (!Has(fields, field.first)) fields.push_back(field);
    }
  }
}

std::string LogContext::Find(absl::string_view key) {
  for (const LogContext* context = innermost; context != nullptr;
       context = context->outer_) {
    for (const auto& field : context->fields()) {
      if (field.first == key) return field.second;
    }
  }
  return "";
}

}  // namespace localstore::server
