#include "client/render/endpoint_text.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "client/render/table.h"
#include "client/render/units.h"

namespace localstore::client {

std::string ServiceText(const v1::ServiceInstance& service,
                        const Style& style) {
  std::string out = style.Safe(service.type());
  if (service.port() != 0) absl::StrAppend(&out, " port ", service.port());
  absl::StrAppend(&out, " \"", style.Safe(service.instance()), "\"");
  for (int i = 0; i < service.txt_size(); ++i) {
    absl::StrAppend(&out, i == 0 ? " txt" : "", " \"",
                    style.Safe(service.txt(i)), "\"");
  }
  return out;
}

std::string EndpointsText(
    const google::protobuf::RepeatedPtrField<v1::Endpoint>& endpoints,
    const Style& style) {
  Table table({"ADDRESS", "BRIDGE", "SOURCE", "TTL"});
  std::set<std::string> services;
  for (const v1::Endpoint& endpoint : endpoints) {
    table.AddRow({style.Safe(endpoint.address()), style.Safe(endpoint.bridge()),
                  style.Safe(endpoint.source_address()),
                  TimeLeftText(FromProto(endpoint.ttl()))});
    for (const v1::ServiceInstance& service : endpoint.services()) {
      services.insert(absl::StrCat("  ", ServiceText(service, style), " on ",
                                   style.Safe(endpoint.bridge()), "\n"));
    }
  }
  std::string out = table.Render("  ");
  for (const std::string& service : services) absl::StrAppend(&out, service);
  return out;
}

}  // namespace localstore::client
