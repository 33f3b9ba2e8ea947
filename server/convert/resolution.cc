#include "server/convert/resolution.h"

#include <algorithm>
#include <string>

#include "protos/errors/utf8.h"
#include "server/convert/time.h"

namespace localstore::server {
namespace {

// Filled in place: an answer from the cache costs little more than this.
void Fill(const resolver::ServiceInstance& service, v1::ServiceInstance& out) {
  out.set_instance(ToUtf8(service.instance));
  out.set_type(ToUtf8(service.type));
  out.set_host(ToUtf8(service.host));
  out.set_port(service.port);
  for (const std::string& entry : service.txt) out.add_txt(ToUtf8(entry));
}

void Fill(const resolver::Endpoint& endpoint, absl::Duration age,
          v1::Endpoint& out) {
  out.set_address(endpoint.address);
  out.set_bridge(endpoint.bridge);
  out.set_bridge_index(endpoint.bridge_index);
  out.set_source_address(endpoint.source_address);
  *out.mutable_ttl() =
      ToProto(std::max(endpoint.ttl - age, absl::ZeroDuration()));
  for (const auto& service : endpoint.services) {
    Fill(service, *out.add_services());
  }
}

void Fill(const resolver::BridgeReport& report, v1::BridgeReport& out) {
  out.set_bridge(report.bridge);
  for (const std::string& address : report.addresses) {
    out.add_addresses(address);
  }
  out.set_queried(report.queried);
  out.set_queries_sent(report.queries_sent);
  out.set_responses_seen(report.responses_seen);
  out.set_responses_rejected(report.responses_rejected);
  out.set_problem(ToUtf8(report.problem));
}

}  // namespace

void FillResponse(const resolver::Resolution& resolution, absl::Duration age,
                  v1::ResolveResponse& response) {
  response.set_host(ToUtf8(resolution.host));
  for (const auto& endpoint : resolution.endpoints) {
    Fill(endpoint, age, *response.add_endpoints());
  }
  for (const auto& report : resolution.bridges) {
    Fill(report, *response.add_bridges());
  }
  *response.mutable_elapsed() = ToProto(resolution.elapsed);
  response.set_from_cache(resolution.from_cache);
}

v1::BridgeStatus ToProto(const resolver::BridgeState& state) {
  v1::BridgeStatus result;
  result.set_name(state.name);
  result.set_index(state.index);
  result.set_up(state.up);
  for (const std::string& address : state.addresses) {
    result.add_addresses(address);
  }
  for (const std::string& host : state.known_hosts) {
    result.add_known_hosts(ToUtf8(host));
  }
  result.set_problem(ToUtf8(state.problem));
  return result;
}

v1::BrowseResponse ToProto(const resolver::BrowseEvent& event) {
  v1::BrowseResponse result;
  switch (event.kind) {
    case resolver::BrowseEvent::Kind::kFound:
      result.set_event(v1::BrowseResponse::EVENT_FOUND);
      break;
    case resolver::BrowseEvent::Kind::kChanged:
      result.set_event(v1::BrowseResponse::EVENT_CHANGED);
      break;
    case resolver::BrowseEvent::Kind::kLost:
      result.set_event(v1::BrowseResponse::EVENT_LOST);
      break;
  }
  result.set_bridge(event.bridge);
  Fill(event.service, *result.mutable_service());
  for (const std::string& address : event.addresses) {
    result.add_addresses(address);
  }
  return result;
}

v1::Endpoint ToProto(const fetcher::Endpoint& endpoint) {
  v1::Endpoint result;
  result.set_address(endpoint.address);
  result.set_bridge(endpoint.bridge);
  result.set_bridge_index(endpoint.bridge_index);
  result.set_source_address(endpoint.source_address);
  *result.mutable_ttl() = ToProto(endpoint.ttl);
  return result;
}

}  // namespace localstore::server
