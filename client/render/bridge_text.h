// The device's bridges.
#pragma once

#include <string>

#include "client/render/style.h"
#include "google/protobuf/repeated_field.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

// How many of the hosts that are known on a bridge are named.
enum class HostsNamed { kSome, kAll };

// A table of the bridges as they are; "" for none.
std::string BridgesText(
    const google::protobuf::RepeatedPtrField<v1::BridgeStatus>& bridges,
    HostsNamed hosts_named, const Style& style);

// A table of what asking each bridge came to; "" for none.
std::string BridgeReportsText(
    const google::protobuf::RepeatedPtrField<v1::BridgeReport>& reports,
    const Style& style);

}  // namespace localstore::client
