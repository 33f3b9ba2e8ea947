#include "client/commands/cancel.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "client/connection/rpc_error.h"
#include "client/render/download_text.h"

namespace localstore::client {
namespace {

grpc::Status CancelOne(const CommandContext& context, const std::string& id) {
  v1::CancelRequest request;
  request.set_download_id(id);
  request.set_discard_partial(context.arguments.Switch("discard_partial"));
  v1::CancelResponse response;
  const auto call = CallWithin(kShortCall);
  grpc::Status status = context.stub.Cancel(call.get(), request, &response);
  if (status.ok()) {
    context.reporter.Result(
        response, absl::StrCat(context.out.style.Safe(id), ": ",
                               StateName(response.download().state()), "\n"));
  }
  return status;
}

grpc::Status RemoveOne(const CommandContext& context, const std::string& id) {
  const bool delete_file = context.arguments.Switch("delete_file");
  v1::RemoveRequest request;
  request.set_download_id(id);
  request.set_delete_file(delete_file);
  v1::RemoveResponse response;
  const auto call = CallWithin(kShortCall);
  grpc::Status status = context.stub.Remove(call.get(), request, &response);
  if (status.ok()) {
    context.reporter.Result(
        response, absl::StrCat(context.out.style.Safe(id), ": removed",
                               delete_file ? ", with its file" : "", "\n"));
  }
  return status;
}

using DoOne = grpc::Status (*)(const CommandContext&, const std::string&);

ExitCode ForEachId(const CommandContext& context, DoOne do_one) {
  ExitCode result = ExitCode::kOk;
  for (const std::string& id : context.arguments.operands()) {
    const grpc::Status status = do_one(context, id);
    if (status.ok()) continue;
    const ExitCode code =
        context.reporter.Error(ToRpcError(status, context.server));
    if (result == ExitCode::kOk) result = code;
  }
  return result;
}

}  // namespace

ExitCode RunCancel(const CommandContext& context) {
  return ForEachId(context, &CancelOne);
}

ExitCode RunRemove(const CommandContext& context) {
  return ForEachId(context, &RemoveOne);
}

}  // namespace localstore::client
