// Where a host is and what it offers.
#pragma once

#include <string>

#include "client/render/style.h"
#include "google/protobuf/repeated_field.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

// A table of addresses, the services that the host was seen to offer below.
std::string EndpointsText(
    const google::protobuf::RepeatedPtrField<v1::Endpoint>& endpoints,
    const Style& style);

// "_http._tcp port 80 \"ubuntu\" txt \"path=/\"", one line without its end.
std::string ServiceText(const v1::ServiceInstance& service, const Style& style);

}  // namespace localstore::client
