#include "client/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ResolveTest : public ::testing::Test {
 protected:
  ResolveTest() {
    harness_.service.resolve = [this](const v1::ResolveRequest& request,
                                      v1::ResolveResponse* response) {
      // cppcheck-suppress useInitializationList ; the body is the lambda's
      request_ = request;
      if (!answer_.ok()) return SentStatus(answer_);
      response->set_host("a.local");
      response->set_from_cache(from_cache_);
      v1::Endpoint& endpoint = *response->add_endpoints();
      endpoint.set_address("10.1.0.5");
      endpoint.set_bridge("bn1");
      endpoint.set_source_address("10.1.0.1");
      v1::BridgeReport& report = *response->add_bridges();
      report.set_bridge("bn1");
      report.set_queried(true);
      return grpc::Status::OK;
    };
    harness_.service.status = [](const v1::StatusRequest&,
                                 v1::StatusResponse* response) {
      v1::BridgeStatus& bridge = *response->add_bridges();
      bridge.set_name("bn1");
      bridge.set_up(true);
      bridge.add_known_hosts("a-2.local");
      return grpc::Status::OK;
    };
  }

  Harness harness_;
  absl::Status answer_;
  bool from_cache_ = false;
  v1::ResolveRequest request_;
};

TEST_F(ResolveTest, PrintsTheEndpointsAndTheReport) {
  EXPECT_EQ(harness_.Run({"resolve", "a.local"}), 0);
  EXPECT_THAT(harness_.out(), HasSubstr("10.1.0.5  bn1     10.1.0.1"));
  EXPECT_THAT(harness_.out(), HasSubstr("bn1                yes"));
  EXPECT_EQ(harness_.err(), "");
  EXPECT_EQ(request_.host(), "a.local");
  EXPECT_FALSE(request_.has_timeout());
}

TEST_F(ResolveTest, WhatWasRememberedNeedsNoReportOfTheBridges) {
  from_cache_ = true;
  EXPECT_EQ(harness_.Run({"resolve", "a.local"}), 0);
  EXPECT_THAT(harness_.out(), HasSubstr("10.1.0.5  bn1     10.1.0.1"));
  EXPECT_THAT(harness_.out(), HasSubstr("from what the server remembered"));
  EXPECT_THAT(harness_.out(), Not(HasSubstr("QUERIES")));
}

TEST_F(ResolveTest, SendsWhatTheFlagsSay) {
  EXPECT_EQ(harness_.Run({"resolve", "a.local", "--all", "--ipv6", "--no_cache",
                          "--bridge=bn1", "--timeout=1500ms"}),
            0);
  EXPECT_TRUE(request_.all_endpoints());
  EXPECT_TRUE(request_.bypass_cache());
  EXPECT_EQ(request_.address_family(), v1::ADDRESS_FAMILY_IPV6);
  EXPECT_EQ(request_.bridges(0), "bn1");
  EXPECT_EQ(request_.timeout().seconds(), 1);
  EXPECT_EQ(request_.timeout().nanos(), 500'000'000);
}

TEST_F(ResolveTest, JsonIsTheResponse) {
  EXPECT_EQ(harness_.Run({"resolve", "--output=json", "a.local"}), 0);
  EXPECT_THAT(harness_.out(), HasSubstr(R"("address":"10.1.0.5")"));
  EXPECT_EQ(harness_.out().find('\n'), harness_.out().size() - 1);
}

TEST_F(ResolveTest, AMissTellsHowTheBridgesAreThatItDoesNotName) {
  answer_ = MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody answers");
  EXPECT_EQ(harness_.Run({"resolve", "a.local"}), 4);
  EXPECT_EQ(harness_.out(), "");
  EXPECT_THAT(harness_.err(), HasSubstr("nobody answers [HOST_NOT_FOUND]"));
  EXPECT_THAT(harness_.err(), HasSubstr("a-2.local"));
  answer_ = MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody on bn1");
  EXPECT_EQ(harness_.Run({"resolve", "a.local"}), 4);
  EXPECT_THAT(harness_.err(), Not(HasSubstr("a-2.local")));
}

TEST_F(ResolveTest, AMissInJsonIsAStatusOnTheErrorSide) {
  answer_ = MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody");
  EXPECT_EQ(harness_.Run({"--output=json", "resolve", "a.local"}), 4);
  EXPECT_EQ(harness_.out(), "");
  EXPECT_THAT(harness_.err(), HasSubstr(R"({"code":5,"message":"nobody")"));
  EXPECT_THAT(harness_.err(), HasSubstr(R"("reason":"HOST_NOT_FOUND")"));
  EXPECT_THAT(harness_.err(), Not(HasSubstr("a-2.local")));
}

TEST_F(ResolveTest, ABadRequestListsItsFields) {
  answer_ = MakeBadRequest({{"host", "is too long"}, {"bridges[0]", "is ?"}});
  EXPECT_EQ(harness_.Run({"resolve", "a.local"}), 7);
  EXPECT_THAT(harness_.err(), HasSubstr("\n  host: is too long\n"
                                        "  bridges[0]: is ?\n"));
}

TEST_F(ResolveTest, FamiliesExcludeEachOther) {
  EXPECT_EQ(harness_.Run({"resolve", "a.local", "--ipv4", "--ipv6"}), 2);
  EXPECT_THAT(harness_.err(), HasSubstr("exclude each other"));
}

}  // namespace
}  // namespace localstore::client
