#include "server/logging/grpc_log.h"

#include <grpc/support/log.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

void TakeLine(gpr_log_func_args* line) {
  const LogFields fields = {
      {"error", line->message},
      {"place", absl::StrCat(line->file, ":", line->line)}};
  // What gRPC calls an error is one of a connection or an address; whether it
  // is one of the server is said by who tried.
  line->severity == GPR_LOG_SEVERITY_ERROR ? LogWarning("gRPC says", fields)
                                           : LogDebug("gRPC says", fields);
}

}  // namespace

void TakeOverGrpcLog() { gpr_set_log_function(TakeLine); }

}  // namespace localstore::server
