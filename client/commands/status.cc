#include "client/commands/status.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/connection/rpc_error.h"
#include "client/render/bridge_text.h"
#include "client/render/downloads_table.h"
#include "client/render/units.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

constexpr int kPageSize = 500;
// So that a server that never stops paging does not keep us for ever.
constexpr int kMostPages = 1000;

grpc::Status FetchAllPages(const CommandContext& context,
                           v1::StatusResponse& all) {
  v1::StatusRequest request;
  for (const std::string& id : context.arguments.operands()) {
    request.add_download_ids(id);
  }
  request.set_page_size(kPageSize);
  for (int page = 0; page < kMostPages; ++page) {
    v1::StatusResponse response;
    const auto call = CallWithin(kShortCall);
    grpc::Status status = context.stub.Status(call.get(), request, &response);
    if (!status.ok()) return status;
    request.set_page_token(response.next_page_token());
    response.clear_next_page_token();
    if (page == 0) {
      all.Swap(&response);
    } else {
      all.mutable_downloads()->MergeFrom(response.downloads());
    }
    if (request.page_token().empty()) break;
  }
  return grpc::Status::OK;
}

std::string ServerText(const v1::StatusResponse& response,
                       const CommandContext& context) {
  const Style& style = context.out.style;
  std::string out = absl::StrCat("localstored ", style.Safe(response.version()),
                                 " at ", style.Safe(context.server));
  if (response.has_start_time()) {
    absl::StrAppend(
        &out, ", up for ",
        TimeLeftText(absl::Now() - FromProto(response.start_time())));
  }
  return absl::StrCat(out, ", ", BytesText(response.download_dir_free_bytes()),
                      " free for downloads\n");
}

std::string StatusText(const v1::StatusResponse& response,
                       const CommandContext& context) {
  const Style& style = context.out.style;
  const std::string bridges =
      BridgesText(response.bridges(), HostsNamed::kSome, style);
  const std::string downloads =
      DownloadsText(response.downloads(), absl::Now(), style);
  return absl::StrCat(ServerText(response, context), "\n",
                      bridges.empty() ? "no bridges\n" : bridges, "\n",
                      downloads.empty() ? "no downloads\n" : downloads);
}

// A server may leave out what it does not know instead of complaining.
absl::Status CheckAllFound(const CommandContext& context,
                           const v1::StatusResponse& response) {
  for (const std::string& id : context.arguments.operands()) {
    const auto& downloads = response.downloads();
    const bool found = std::any_of(
        downloads.begin(), downloads.end(),
        [&id](const v1::Download& each) { return each.download_id() == id; });
    if (!found) {
      return MakeError(v1::ERROR_REASON_DOWNLOAD_NOT_FOUND,
                       absl::StrCat("there is no download ", id));
    }
  }
  return absl::OkStatus();
}

}  // namespace

ExitCode RunStatus(const CommandContext& context) {
  v1::StatusResponse response;
  const grpc::Status status = FetchAllPages(context, response);
  if (!status.ok()) {
    return context.reporter.Error(ToRpcError(status, context.server));
  }
  context.reporter.Result(response, StatusText(response, context));
  const absl::Status found = CheckAllFound(context, response);
  return found.ok() ? ExitCode::kOk
                    : context.reporter.Error(ToRpcStatus(found));
}

}  // namespace localstore::client
