// Who has a name, asked of real avahi-daemons on three bridges.

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.pb.h"
#include "testing/e2e/fixture.h"

namespace localstore::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class ResolveTest : public EndToEndTest {
 protected:
  void SetUp() override { StartServer(); }
};

TEST_F(ResolveTest, FindsTheHostOnItsBridge) {
  v1::ResolveRequest request;
  request.set_host(kStoreHost);
  v1::ResolveResponse response;

  const absl::Status status = Resolve(request, response);

  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(response.host(), kStoreHost);
  ASSERT_GE(response.endpoints_size(), 1);
  EXPECT_EQ(response.endpoints(0).address(), kStoreAddress);
  for (const v1::Endpoint& endpoint : response.endpoints()) {
    EXPECT_EQ(endpoint.bridge(), "bn1");
  }
  EXPECT_EQ(response.endpoints(0).source_address(), "10.1.0.1");
  EXPECT_GT(response.endpoints(0).bridge_index(), 0);
  EXPECT_GT(response.endpoints(0).ttl().seconds(), 0);
}

TEST_F(ResolveTest, ReportsEveryBridgeThatItAsked) {
  v1::ResolveRequest request;
  request.set_host(kStoreHost);
  // What an App has just announced would be answered without asking.
  request.set_bypass_cache(true);
  v1::ResolveResponse response;

  ASSERT_TRUE(Resolve(request, response).ok());

  std::map<std::string, v1::BridgeReport> reports;
  for (const auto& report : response.bridges()) {
    reports[report.bridge()] = report;
  }
  ASSERT_EQ(reports.size(), 3) << response.ShortDebugString();
  for (const char* bridge : {"bn1", "bn2", "bn3"}) {
    EXPECT_TRUE(reports[bridge].queried()) << bridge;
    EXPECT_GE(reports[bridge].queries_sent(), 1) << bridge;
    EXPECT_EQ(reports[bridge].problem(), "") << bridge;
  }
  EXPECT_GE(reports["bn1"].responses_seen(), 1);
  EXPECT_THAT(reports["bn2"].addresses(), Contains("10.2.0.1/24"));
}

TEST_F(ResolveTest, ComparesNamesWholeAndWithoutCase) {
  EXPECT_EQ(ResolveOne("UBUNTU-4321-http-server.LOCAL").address(), "10.1.0.5");
  EXPECT_EQ(ResolveOne("ubuntu-4321-http-server.local.").address(), "10.1.0.5");
  const v1::Endpoint longer =
      ResolveOne("ubuntu-4321-http-server-backup.local");
  EXPECT_EQ(longer.address(), "10.2.0.7");
  EXPECT_EQ(longer.bridge(), "bn2");
  EXPECT_EQ(ResolveOne("my-ubuntu-4321-http-server.local").address(),
            "10.1.0.6");
}

TEST_F(ResolveTest, AMissSaysWhichBridgesWereAsked) {
  v1::ResolveRequest request;
  request.set_host("nobody-here.local");
  v1::ResolveResponse response;

  const absl::Time start = absl::Now();
  const absl::Status status = Resolve(request, response);
  const absl::Duration elapsed = absl::Now() - start;

  EXPECT_THAT(status, FailsWith(absl::StatusCode::kNotFound, "HOST_NOT_FOUND"));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("nobody-here.local"), HasSubstr("bn1"),
                    HasSubstr("bn2"), HasSubstr("bn3")));
  // Three seconds are what it is given; that it is not given up before, and
  // ends at all, is what can be told on a loaded machine.
  EXPECT_GE(elapsed, absl::Seconds(2.9));
  EXPECT_LT(elapsed, absl::Seconds(15));
}

TEST_F(ResolveTest, AMissEndsWithTheTimeoutAskedFor) {
  v1::ResolveRequest request;
  request.set_host("nobody-here.local");
  request.mutable_timeout()->set_nanos(200000000);
  v1::ResolveResponse response;

  const absl::Time start = absl::Now();
  const absl::Status status = Resolve(request, response);

  EXPECT_THAT(status, FailsWith(absl::StatusCode::kNotFound, "HOST_NOT_FOUND"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(2.9));
}

// What substring matching would find: "...-backup", and "my-...".
TEST_F(ResolveTest, AnAppThatIsGoneIsNotReplacedByOneWithALongerName) {
  lab_.Run({"app", "avahi", "store", "kill"});
  v1::ResolveRequest request;
  request.set_host(kStoreHost);
  v1::ResolveResponse response;
  const absl::Status status = Resolve(request, response);
  lab_.Run({"app", "avahi", "store", "start"});

  EXPECT_THAT(status, FailsWith(absl::StatusCode::kNotFound, "HOST_NOT_FOUND"))
      << response.ShortDebugString();
}

TEST_F(ResolveTest, FollowsANewAddress) {
  EXPECT_EQ(ResolveOne(kStoreHost).address(), kStoreAddress);
  lab_.Run({"app", "address", "store", "10.1.0.78"});
  v1::ResolveRequest request;
  request.set_host(kStoreHost);
  request.set_bypass_cache(true);
  v1::ResolveResponse response;
  const absl::Status status = Resolve(request, response);
  lab_.Run({"app", "address", "store", kStoreAddress});

  ASSERT_TRUE(status.ok()) << status;
  ASSERT_GE(response.endpoints_size(), 1);
  EXPECT_EQ(response.endpoints(0).address(), "10.1.0.78");
}

TEST_F(ResolveTest, RefusesANameThatIsNotLocal) {
  v1::ResolveRequest request;
  request.set_host("example.com");
  v1::ResolveResponse response;
  EXPECT_THAT(Resolve(request, response),
              FailsWith(absl::StatusCode::kInvalidArgument, "HOST_NOT_LOCAL"));
}

class BridgesTest : public EndToEndTest {};

TEST_F(BridgesTest, OnlyTheBridgesOfTheFlagAreAsked) {
  StartServer({{"--bridges=bn2"}, {}, {}});
  v1::ResolveRequest request;
  request.set_host(kStoreHost);
  v1::ResolveResponse response;
  const absl::Status status = Resolve(request, response);
  EXPECT_THAT(status, FailsWith(absl::StatusCode::kNotFound, "HOST_NOT_FOUND"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("bn2"));
}

TEST_F(BridgesTest, WithoutABridgeItSaysSo) {
  StartServer({{"--bridges=none*"}, {}, {}});
  v1::ResolveRequest request;
  request.set_host(kStoreHost);
  v1::ResolveResponse response;
  EXPECT_THAT(Resolve(request, response),
              FailsWith(absl::StatusCode::kUnavailable, "NO_BRIDGE"));
}

}  // namespace
}  // namespace localstore::testing
