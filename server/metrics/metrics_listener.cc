#include "server/metrics/metrics_listener.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"
#include "server/net/listen_address.h"

namespace localstore::server {
namespace {

absl::Status CannotListen(const std::string& address, absl::string_view why) {
  return MakeBadRequest(
      {{"metrics_listen", absl::StrCat("\"", address, "\" ", why)}});
}

// A client that has not sent its request or taken the answer by then is
// dropped.
constexpr char kRequestTimeoutMilliseconds[] = "5000";
constexpr char kThreads[] = "4";
constexpr char kConnectionsWaiting[] = "16";
constexpr char kMaxRequestBytes[] = "8192";

std::vector<std::string> CivetwebOptions(const std::string& address) {
  return {"listening_ports",    address,
          "num_threads",        kThreads,
          "request_timeout_ms", kRequestTimeoutMilliseconds,
          "connection_queue",   kConnectionsWaiting,
          "listen_backlog",     kConnectionsWaiting,
          "max_request_size",   kMaxRequestBytes,
          "enable_keep_alive",  "no"};
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsListener>> MetricsListener::Start(
    const std::string& address, Collectables collectables) {
  auto parsed = ParseListenAddress(address, "metrics_listen");
  if (!parsed.ok()) return parsed.status();
  std::unique_ptr<MetricsListener> listener(
      new MetricsListener(std::move(collectables)));
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(
        CivetwebOptions(parsed->ToString()));
    for (const auto& collectable : listener->collectables_) {
      exposer->RegisterCollectable(collectable);
    }
    const std::vector<int> ports = exposer->GetListeningPorts();
    if (!ports.empty()) parsed->port = ports.front();
    listener->exposer_ = std::move(exposer);
  } catch (const std::exception&) {
    // What it says is "null context when constructing CivetServer".
    return CannotListen(address,
                        "cannot be listened at: another process may be there, "
                        "or the host may not have the address");
  }
  listener->address_ = parsed->ToString();
  return listener;
}

MetricsListener::MetricsListener(Collectables collectables)
    : collectables_(std::move(collectables)) {}

}  // namespace localstore::server
