#include "client/commands/reporter.h"

#include "client/render/error_text.h"
#include "client/render/json.h"
#include "client/render/terminal_text.h"
#include "protos/errors/error.h"

namespace localstore::client {

void Reporter::Result(const google::protobuf::Message& message,
                      const std::string& text) const {
  if (json_) {
    *out_->stream << ToJson(message) << '\n' << std::flush;
  } else {
    *out_->stream << text << std::flush;
  }
}

ExitCode Reporter::Error(const google::rpc::Status& error) const {
  if (json_) {
    *err_->stream << ToJson(error) << '\n' << std::flush;
  } else {
    *err_->stream << RenderError(error, err_->style) << std::flush;
  }
  return ExitCodeFor(error);
}

ExitCode Reporter::UsageError(const absl::Status& error) const {
  if (json_) {
    // JSON is UTF-8; the command line need not be.
    Error(ToRpcStatus(
        MakeError(v1::ERROR_REASON_INVALID_REQUEST, Escape(error.message()))));
  } else {
    *err_->stream << "localstorectl: " << err_->style.Safe(error.message())
                  << '\n'
                  << std::flush;
  }
  return ExitCode::kUsage;
}

void Reporter::Note(const std::string& text) const {
  if (!json_) *err_->stream << text << std::flush;
}

}  // namespace localstore::client
