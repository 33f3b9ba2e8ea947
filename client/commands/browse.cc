#include "client/commands/browse.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/connection/rpc_error.h"
#include "client/connection/rpc_stream.h"
#include "client/render/units.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

std::string EventMark(v1::BrowseResponse::Event event, const Style& style) {
  switch (event) {
    case v1::BrowseResponse::EVENT_FOUND:
      return style.Paint(Colour::kGreen, "+");
    case v1::BrowseResponse::EVENT_CHANGED:
      return style.Paint(Colour::kYellow, "=");
    case v1::BrowseResponse::EVENT_LOST:
      return style.Paint(Colour::kRed, "-");
    default:
      return "?";
  }
}

// As avahi-browse -r shows it: what and where on one line, then what it takes
// to reach it.
std::string EventText(const v1::BrowseResponse& event, const Style& style) {
  const v1::ServiceInstance& service = event.service();
  std::string out = absl::StrCat(
      EventMark(event.event(), style), " ", style.Safe(event.bridge()), "  ",
      style.Safe(service.type()), "  ", style.Safe(service.instance()), "\n");
  if (event.event() == v1::BrowseResponse::EVENT_LOST) return out;
  if (!service.host().empty()) {
    absl::StrAppend(&out, "    host ", style.Safe(service.host()), "  port ",
                    service.port(), "\n");
  }
  if (!event.addresses().empty()) {
    absl::StrAppend(&out, "    address ",
                    style.Safe(absl::StrJoin(event.addresses(), " ")), "\n");
  }
  for (const std::string& text : service.txt()) {
    absl::StrAppend(&out, "    txt \"", style.Safe(text), "\"\n");
  }
  return out;
}

v1::BrowseRequest MakeRequest(const Arguments& arguments) {
  v1::BrowseRequest request;
  for (const std::string& type : arguments.operands()) request.add_types(type);
  for (const std::string& bridge : arguments.TextList("bridge")) {
    request.add_bridges(bridge);
  }
  if (arguments.Has("duration")) {
    *request.mutable_duration() =
        ToProto(arguments.Duration("duration", absl::ZeroDuration()));
  }
  return request;
}

}  // namespace

ExitCode RunBrowse(const CommandContext& context) {
  const v1::BrowseRequest request = MakeRequest(context.arguments);
  bool interrupted = false;
  bool anything = false;
  google::rpc::Status end;
  context.user.interrupted = [&] {
    interrupted = true;
    context.loop.Stop();
  };
  ResponseStream<v1::BrowseResponse> stream(
      &context.loop,
      [&](grpc::ClientContext* call) {
        return context.stub.Browse(call, request);
      },
      [&](const v1::BrowseResponse& event) {
        anything = true;
        context.reporter.Result(event, EventText(event, context.out.style));
        // Nobody reads any more.
        if (!context.out.stream->good()) context.loop.Stop();
      },
      [&](const grpc::Status& status) {
        if (!status.ok()) end = ToRpcError(status, context.server);
        context.loop.Stop();
      });
  context.loop.Run(context.patience.tick, [] {});
  context.user = UserEvents();
  context.loop.Close();
  if (interrupted) return ExitCode::kInterrupted;
  if (end.code() != 0) return context.reporter.Error(end);
  if (!anything) {
    context.reporter.Note(
        "nothing was advertised in that time; an App is found by its name all "
        "the same: localstorectl resolve HOST.local\n");
  }
  return ExitCode::kOk;
}

}  // namespace localstore::client
