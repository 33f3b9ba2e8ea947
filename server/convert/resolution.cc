#include "server/convert/resolution.h"

#include "protos/errors/utf8.h"
#include "server/convert/time.h"

namespace localstore::server {

v1::ServiceInstance ToProto(const resolver::ServiceInstance& service) {
  v1::ServiceInstance result;
  result.set_instance(ToUtf8(service.instance));
  result.set_type(ToUtf8(service.type));
  result.set_host(ToUtf8(service.host));
  result.set_port(service.port);
  for (const std::string& entry : service.txt) result.add_txt(ToUtf8(entry));
  return result;
}

v1::Endpoint ToProto(const resolver::Endpoint& endpoint) {
  v1::Endpoint result;
  result.set_address(endpoint.address);
  result.set_bridge(endpoint.bridge);
  result.set_bridge_index(endpoint.bridge_index);
  result.set_source_address(endpoint.source_address);
  *result.mutable_ttl() = ToProto(endpoint.ttl);
  for (const auto& service : endpoint.services) {
    *result.add_services() = ToProto(service);
  }
  return result;
}

v1::BridgeReport ToProto(const resolver::BridgeReport& report) {
  v1::BridgeReport result;
  result.set_bridge(report.bridge);
  for (const std::string& address : report.addresses) {
    result.add_addresses(address);
  }
  result.set_queried(report.queried);
  result.set_queries_sent(report.queries_sent);
  result.set_responses_seen(report.responses_seen);
  result.set_responses_rejected(report.responses_rejected);
  result.set_problem(ToUtf8(report.problem));
  return result;
}

v1::ResolveResponse ToProto(const resolver::Resolution& resolution) {
  v1::ResolveResponse result;
  result.set_host(ToUtf8(resolution.host));
  for (const auto& endpoint : resolution.endpoints) {
    *result.add_endpoints() = ToProto(endpoint);
  }
  for (const auto& report : resolution.bridges) {
    *result.add_bridges() = ToProto(report);
  }
  *result.mutable_elapsed() = ToProto(resolution.elapsed);
  result.set_from_cache(resolution.from_cache);
  return result;
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
  *result.mutable_service() = ToProto(event.service);
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
