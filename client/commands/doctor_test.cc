#include <algorithm>
#include <string>

#include "client/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() {
    harness_.service.status = [](const v1::StatusRequest&,
                                 v1::StatusResponse* response) {
      response->set_version("1.0");
      v1::BridgeStatus& bridge = *response->add_bridges();
      bridge.set_name("bn1");
      bridge.set_up(true);
      bridge.add_addresses("10.1.0.1/24");
      return grpc::Status::OK;
    };
    harness_.service.resolve = [this](const v1::ResolveRequest& request,
                                      v1::ResolveResponse* response) {
      request_ = request;
      if (!resolved_.ok()) return SentStatus(resolved_);
      response->set_host(request.host());
      v1::Endpoint& endpoint = *response->add_endpoints();
      endpoint.set_address("192.0.2.5");
      endpoint.set_bridge("bn1");
      endpoint.set_source_address("192.0.2.1");
      return grpc::Status::OK;
    };
    harness_.service.browse =
        [this](grpc::ServerContext*, const v1::BrowseRequest& request,
               grpc::ServerWriter<v1::BrowseResponse>* writer) {
          browsed_ = request;
          v1::BrowseResponse event;
          event.set_event(v1::BrowseResponse::EVENT_FOUND);
          event.set_bridge("bn1");
          event.mutable_service()->set_host("store-2.local");
          writer->Write(event);
          return grpc::Status::OK;
        };
  }

  Harness harness_;
  absl::Status resolved_;
  v1::ResolveRequest request_;
  v1::BrowseRequest browsed_;
};

TEST_F(DoctorTest, AsksForEverythingAndSkipsWhatCannotBeTriedFromHere) {
  EXPECT_EQ(harness_.Run({"doctor", "http://store.local:8080/x",
                          "--duration=1s", "--timeout=2s", "--bridge=bn1"}),
            0);
  EXPECT_EQ(request_.host(), "store.local");
  EXPECT_TRUE(request_.all_endpoints());
  EXPECT_TRUE(request_.bypass_cache());
  EXPECT_EQ(request_.timeout().seconds(), 2);
  EXPECT_EQ(request_.bridges(0), "bn1");
  EXPECT_EQ(browsed_.duration().seconds(), 1);
  EXPECT_THAT(harness_.out(), HasSubstr("skipped  http on 192.0.2.5 port 8080: "
                                        "192.0.2.1 on bn1 is no address"));
  EXPECT_THAT(harness_.out(), HasSubstr("may be it"));
}

TEST_F(DoctorTest, WhatIsNotFoundEndsWithWhatToChange) {
  resolved_ = MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody");
  EXPECT_EQ(harness_.Run({"doctor", "store.local"}), 12);
  EXPECT_THAT(harness_.out(), HasSubstr("problem  host store.local: nobody"));
  EXPECT_THAT(harness_.out(), HasSubstr("What to change:\n- "));
}

TEST_F(DoctorTest, JsonIsOneObject) {
  resolved_ = MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody");
  EXPECT_EQ(harness_.Run({"doctor", "store.local", "--output=json"}), 12);
  const std::string out = harness_.out();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  EXPECT_THAT(out, HasSubstr(R"("healthy":false)"));
}

TEST_F(DoctorTest, TheServersOwnAbsenceHasItsOwnCode) {
  harness_.service.status = [](const v1::StatusRequest&, v1::StatusResponse*) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "no socket");
  };
  EXPECT_EQ(harness_.Run({"doctor", "store.local"}), 3);
  EXPECT_THAT(harness_.out(), StartsWith("problem  server: cannot reach"));
}

TEST_F(DoctorTest, AServerThatCannotBrowseIsNoObstacle) {
  harness_.service.browse = nullptr;
  EXPECT_EQ(harness_.Run({"doctor", "store.local"}), 0);
  EXPECT_THAT(harness_.out(), HasSubstr("skipped  services: the server could "
                                        "not browse"));
}

TEST_F(DoctorTest, MistakesEndWithTwo) {
  EXPECT_EQ(harness_.Run({"doctor", "ftp://store.local/"}), 2);
  EXPECT_EQ(harness_.Run({"doctor", "store.local", "--ca=/no/such"}), 2);
}

}  // namespace
}  // namespace localstore::client
