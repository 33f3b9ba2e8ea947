// What the resolver and the fetcher say, in the contract's messages.
#pragma once

#include "fetcher/endpoint_source.h"
#include "localstore/v1/local_datastore.pb.h"
#include "resolver/host_resolver.h"

namespace localstore::server {

v1::ServiceInstance ToProto(const resolver::ServiceInstance& service);
v1::Endpoint ToProto(const resolver::Endpoint& endpoint);
v1::BridgeReport ToProto(const resolver::BridgeReport& report);
v1::ResolveResponse ToProto(const resolver::Resolution& resolution);
v1::BridgeStatus ToProto(const resolver::BridgeState& state);
v1::BrowseResponse ToProto(const resolver::BrowseEvent& event);
v1::Endpoint ToProto(const fetcher::Endpoint& endpoint);

}  // namespace localstore::server
