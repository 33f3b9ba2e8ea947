#include <string>

#include "client/render/bridge_text.h"
#include "client/render/downloads_table.h"
#include "client/render/endpoint_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Style kPlain{Charset::kUtf8, false};

TEST(EndpointsTextTest, ShowsTheWayAndTheServices) {
  v1::ResolveResponse response;
  v1::Endpoint& endpoint = *response.add_endpoints();
  endpoint.set_address("10.1.0.5");
  endpoint.set_bridge("bn1");
  endpoint.set_source_address("10.1.0.1");
  endpoint.mutable_ttl()->set_seconds(120);
  v1::ServiceInstance& service = *endpoint.add_services();
  service.set_type("_http._tcp");
  service.set_instance("web\x1b[2J");
  service.set_port(8080);
  service.add_txt("path=/");
  service.add_txt("\x07");
  EXPECT_EQ(EndpointsText(response.endpoints(), kPlain),
            "  ADDRESS   BRIDGE  SOURCE    TTL\n"
            "  10.1.0.5  bn1     10.1.0.1  2m00s\n"
            "  _http._tcp port 8080 \"web\\x1b[2J\" txt \"path=/\" \"\\x07\" "
            "on bn1\n");
}

TEST(BridgesTextTest, ShowsProblemsBelow) {
  v1::StatusResponse response;
  EXPECT_EQ(BridgesText(response.bridges(), HostsNamed::kSome, kPlain), "");
  v1::BridgeStatus& bridge = *response.add_bridges();
  bridge.set_name("bn1");
  bridge.set_up(true);
  bridge.add_addresses("10.1.0.1/24");
  bridge.add_addresses("fe80::1/64");
  bridge.add_known_hosts("a.local");
  response.add_bridges()->set_name("bn2");
  response.mutable_bridges(1)->set_problem("has no address");
  EXPECT_EQ(BridgesText(response.bridges(), HostsNamed::kSome, kPlain),
            "BRIDGE  STATE  ADDRESSES               HOSTS KNOWN\n"
            "bn1     up     10.1.0.1/24 fe80::1/64  a.local\n"
            "bn2     down\n"
            "bn2: has no address\n");
}

TEST(BridgesTextTest, NamesSomeOfManyHostsOrAll) {
  v1::StatusResponse response;
  v1::BridgeStatus& bridge = *response.add_bridges();
  for (const char* host : {"a", "b", "c", "d", "e"}) {
    bridge.add_known_hosts(host);
  }
  EXPECT_THAT(BridgesText(response.bridges(), HostsNamed::kSome, kPlain),
              HasSubstr("a b c and 2 more\n"));
  EXPECT_THAT(BridgesText(response.bridges(), HostsNamed::kAll, kPlain),
              HasSubstr("a b c d e\n"));
}

TEST(BridgeReportsTextTest, CountsWhatWasSeen) {
  v1::ResolveResponse response;
  v1::BridgeReport& report = *response.add_bridges();
  report.set_bridge("bn1");
  report.set_queried(true);
  report.set_queries_sent(2);
  report.set_responses_seen(1);
  EXPECT_EQ(BridgeReportsText(response.bridges(), kPlain),
            "BRIDGE  ADDRESSES  ASKED  QUERIES  ANSWERS  REJECTED\n"
            "bn1                yes    2        1        0\n");
}

TEST(DownloadsTextTest, ShowsEachStateAndErrorsBelow) {
  const absl::Time now = absl::FromUnixSeconds(100);
  v1::StatusResponse response;
  v1::Download& running = *response.add_downloads();
  running.set_download_id("d1");
  running.set_state(v1::Download::STATE_DOWNLOADING);
  running.set_destination("a.img");
  running.set_received_bytes(1 << 20);
  running.set_total_bytes(4 << 20);
  running.set_bytes_per_second(1 << 20);
  running.mutable_eta()->set_seconds(3);
  running.set_attempt(1);
  v1::Download& waiting = *response.add_downloads();
  waiting.set_download_id("d2\x1b");
  waiting.set_state(v1::Download::STATE_WAITING);
  waiting.set_url("http://a.local/b.img");
  waiting.mutable_next_attempt_time()->set_seconds(112);
  *waiting.mutable_error() =
      ToRpcStatus(MakeError(v1::ERROR_REASON_CONNECT_FAILED, "refused"));
  const std::string text = DownloadsText(response.downloads(), now, kPlain);
  EXPECT_THAT(text, HasSubstr("d1      downloading  25%   4.0 MiB  1.0 MiB/s"));
  EXPECT_THAT(text, HasSubstr("in 12s"));
  EXPECT_THAT(text, HasSubstr("b.img\n"));
  EXPECT_THAT(text, HasSubstr("d2\\x1b: refused [CONNECT_FAILED]\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace localstore::client
