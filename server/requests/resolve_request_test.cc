#include "server/requests/resolve_request.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/endpoints/fake_host_resolver.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  const google::rpc::Status rpc_status = ToRpcStatus(status);
  for (const auto& detail : rpc_status.details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations()) {
      fields.push_back(violation.field());
    }
  }
  return fields;
}

// On a device with the bridges bn1 and bn2.
class Device {
 public:
  Device() {
    std::vector<resolver::BridgeState> bridges(2);
    bridges[0].name = "bn1";
    bridges[1].name = "bn2";
    resolver_.SetBridges(bridges);
  }
  resolver::HostResolver& resolver() { return resolver_; }

 private:
  FakeHostResolver resolver_;
};

absl::StatusOr<ResolveOrder> Make(
    const v1::ResolveRequest& request,
    absl::Duration time_left = absl::InfiniteDuration()) {
  Device device;
  return MakeResolveOrder(request, absl::Seconds(3), time_left,
                          device.resolver());
}

absl::StatusOr<BrowseOrder> Make(const v1::BrowseRequest& request) {
  Device device;
  return MakeBrowseOrder(request, device.resolver());
}

v1::ResolveRequest Request(const std::string& host) {
  v1::ResolveRequest request;
  request.set_host(host);
  return request;
}

TEST(ResolveOrderTest, TakesEveryField) {
  v1::ResolveRequest request = Request("Store.LOCAL.");
  request.add_bridges("bn1");
  request.add_bridges("bn1");
  request.set_address_family(v1::ADDRESS_FAMILY_IPV6);
  request.set_bypass_cache(true);
  request.set_all_endpoints(true);
  request.mutable_timeout()->set_seconds(2);
  const auto order = Make(request);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->host, "Store.LOCAL.");
  EXPECT_THAT(order->options.bridges, ElementsAre("bn1", "bn1"));
  EXPECT_EQ(order->options.family, resolver::AddressFamily::kIpv6);
  EXPECT_TRUE(order->options.bypass_cache);
  EXPECT_TRUE(order->options.all_endpoints);
  EXPECT_EQ(order->options.timeout, absl::Seconds(2));
}

TEST(ResolveOrderTest, TimeoutEndsBeforeTheDeadline) {
  EXPECT_EQ(Make(Request("a.local"))->options.timeout, absl::Seconds(3));
  EXPECT_EQ(Make(Request("a.local"), absl::Seconds(1))->options.timeout,
            absl::Milliseconds(950));
  EXPECT_EQ(Make(Request("a.local"), absl::Milliseconds(100))->options.timeout,
            absl::Milliseconds(75));
  EXPECT_GT(Make(Request("a.local"), -absl::Seconds(1))->options.timeout,
            absl::ZeroDuration());
}

TEST(ResolveOrderTest, AllViolationsAreSaid) {
  v1::ResolveRequest request;
  request.add_bridges("bn1");
  request.add_bridges("not/a/bridge");
  request.add_bridges("a-name-that-is-too-long");
  request.mutable_timeout()->set_seconds(-1);
  request.set_address_family(static_cast<v1::AddressFamily>(9));
  EXPECT_THAT(Fields(Make(request).status()),
              ElementsAre("timeout", "host", "bridges[1]", "bridges[2]",
                          "address_family"));
}

TEST(ResolveOrderTest, ARefusalNamesTheBridgesThatAreNotThereToo) {
  v1::ResolveRequest request = Request("nope.com");
  for (const char* bridge : {"bn1", "bn1", "bn9", "not/a/bridge", "bn2"}) {
    request.add_bridges(bridge);
  }
  request.mutable_timeout()->set_seconds(int64_t{24} * 3600);
  const absl::Status status = Make(request).status();
  EXPECT_THAT(Fields(status), UnorderedElementsAre("host", "timeout",
                                                   "bridges[2]", "bridges[3]"));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("bridges[2]: there is no bridge of this name; there "
                        "are bn1, bn2"));
}

TEST(ResolveOrderTest, ATimeoutThatIsTooLongIsNotCutToTheDeadline) {
  v1::ResolveRequest request = Request("a.local");
  request.mutable_timeout()->set_seconds(99'999'999);
  EXPECT_THAT(Fields(Make(request, absl::Seconds(1)).status()),
              ElementsAre("timeout"));
}

TEST(ResolveOrderTest, CharactersThatNoHostHasAreSaidWithTheRest) {
  v1::ResolveRequest request = Request("a\x01.local");
  request.set_address_family(static_cast<v1::AddressFamily>(9));
  EXPECT_THAT(Fields(Make(request).status()),
              ElementsAre("host", "address_family"));
}

TEST(ResolveOrderTest, AHostElsewhereHasAReasonOfItsOwn) {
  for (const char* host :
       {"store.example.com", "10.1.0.5", "[fe80::1%bn1]", "store.locale"}) {
    EXPECT_EQ(ReasonOf(Make(Request(host)).status()),
              v1::ERROR_REASON_HOST_NOT_LOCAL)
        << host;
    EXPECT_THAT(Fields(Make(Request(host)).status()), ElementsAre("host"));
  }
}

TEST(ResolveOrderTest, RefusesWhatIsNoName) {
  for (const std::string& host :
       {std::string("."), std::string("local"), std::string("a..local"),
        std::string(".local"), std::string(64, 'a') + ".local",
        std::string(300, 'a')}) {
    EXPECT_EQ(ReasonOf(Make(Request(host)).status()),
              v1::ERROR_REASON_INVALID_REQUEST)
        << host;
  }
}

TEST(ResolveOrderTest, RefusesAnInvalidDuration) {
  v1::ResolveRequest request = Request("a.local");
  request.mutable_timeout()->set_seconds(1);
  request.mutable_timeout()->set_nanos(-1);
  EXPECT_THAT(Fields(Make(request).status()), ElementsAre("timeout"));
}

TEST(BrowseOrderTest, TakesTypesAndDuration) {
  v1::BrowseRequest request;
  request.add_types("_http._tcp");
  request.add_types("_sleep-proxy._udp");
  request.mutable_duration()->set_seconds(5);
  const auto order = Make(request);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_THAT(order->options.types,
              ElementsAre("_http._tcp", "_sleep-proxy._udp"));
  EXPECT_EQ(order->duration, absl::Seconds(5));
  EXPECT_THAT(Make(v1::BrowseRequest())->options.types, IsEmpty());
  EXPECT_EQ(Make(v1::BrowseRequest())->duration, absl::InfiniteDuration());
}

TEST(BrowseOrderTest, RefusesWhatIsNoType) {
  v1::BrowseRequest request;
  for (const char* type : {"http", "_http", "_http._sctp", "_._tcp",
                           "_http._tcp.local", "_a b._tcp", ""}) {
    request.add_types(type);
  }
  EXPECT_EQ(Fields(Make(request).status()).size(), 7u);
}

TEST(BrowseOrderTest, ARefusalNamesTheBridgesThatAreNotThereToo) {
  v1::BrowseRequest request;
  request.add_types("http");
  request.add_bridges("bn9");
  EXPECT_THAT(Fields(Make(request).status()),
              ElementsAre("types[0]", "bridges[0]"));
}

}  // namespace
}  // namespace localstore::server
