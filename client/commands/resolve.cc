#include "client/commands/resolve.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/connection/rpc_error.h"
#include "client/render/bridge_text.h"
#include "client/render/endpoint_text.h"
#include "client/render/units.h"

namespace localstore::client {
namespace {

// How long the server may take beyond the time it was given, or at all where it
// goes by its own default.
constexpr absl::Duration kGrace = absl::Seconds(5);
constexpr absl::Duration kLongestDefault = absl::Seconds(60);

absl::StatusOr<v1::ResolveRequest> MakeRequest(const Arguments& arguments) {
  v1::ResolveRequest request;
  request.set_host(arguments.operands().front());
  for (const std::string& bridge : arguments.TextList("bridge")) {
    request.add_bridges(bridge);
  }
  if (arguments.Switch("ipv4") && arguments.Switch("ipv6")) {
    return absl::InvalidArgumentError("--ipv4 and --ipv6 exclude each other");
  }
  if (arguments.Switch("ipv4")) {
    request.set_address_family(v1::ADDRESS_FAMILY_IPV4);
  }
  if (arguments.Switch("ipv6")) {
    request.set_address_family(v1::ADDRESS_FAMILY_IPV6);
  }
  request.set_bypass_cache(arguments.Switch("no_cache"));
  request.set_all_endpoints(arguments.Switch("all"));
  if (arguments.Has("timeout")) {
    *request.mutable_timeout() =
        ToProto(arguments.Duration("timeout", absl::ZeroDuration()));
  }
  return request;
}

// What was remembered cost no question: there is nothing to tell of the
// bridges.
std::string ResponseText(const v1::ResolveResponse& response,
                         const Style& style) {
  return absl::StrCat(
      style.Paint(Colour::kBold, style.Safe(response.host())), "\n",
      EndpointsText(response.endpoints(), style),
      response.from_cache() ? "" : BridgeReportsText(response.bridges(), style),
      "took ", DurationText(FromProto(response.elapsed())),
      response.from_cache() ? ", from what the server remembered" : "", "\n");
}

// The error of a miss tells of the bridges that were asked; how the others are
// is in the server's status.
void ReportBridges(const CommandContext& context,
                   const google::rpc::Status& error) {
  if (context.reporter.json()) return;
  v1::StatusRequest request;
  request.set_page_size(1);
  v1::StatusResponse response;
  const auto call = CallWithin(kShortCall);
  if (!context.stub.Status(call.get(), request, &response).ok()) return;
  v1::StatusResponse untold;
  for (const v1::BridgeStatus& bridge : response.bridges()) {
    if (!absl::StrContains(error.message(), bridge.name())) {
      *untold.add_bridges() = bridge;
    }
  }
  const std::string bridges =
      BridgesText(untold.bridges(), HostsNamed::kAll, context.err.style);
  if (!bridges.empty()) context.reporter.Note(bridges);
}

}  // namespace

ExitCode RunResolve(const CommandContext& context) {
  const absl::StatusOr<v1::ResolveRequest> request =
      MakeRequest(context.arguments);
  if (!request.ok()) return context.reporter.UsageError(request.status());
  v1::ResolveResponse response;
  const auto call = CallWithin(
      context.arguments.Duration("timeout", kLongestDefault) + kGrace);
  const grpc::Status status =
      context.stub.Resolve(call.get(), *request, &response);
  if (status.ok()) {
    context.reporter.Result(response,
                            ResponseText(response, context.out.style));
    return ExitCode::kOk;
  }
  const google::rpc::Status error = ToRpcError(status, context.server);
  const ExitCode code = context.reporter.Error(error);
  if (code == ExitCode::kNotFound || code == ExitCode::kDatastoreUnavailable) {
    ReportBridges(context, error);
  }
  return code;
}

}  // namespace localstore::client
