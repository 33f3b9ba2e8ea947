#include <algorithm>
#include <string>

#include "client/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Writer = grpc::ServerWriter<v1::BrowseResponse>;

v1::BrowseResponse Event(v1::BrowseResponse::Event kind) {
  v1::BrowseResponse event;
  event.set_event(kind);
  event.set_bridge("bn1");
  event.add_addresses("10.1.0.5");
  v1::ServiceInstance& service = *event.mutable_service();
  service.set_type("_http._tcp");
  service.set_instance("web\x1b[31m");
  service.set_host("a.local");
  service.set_port(8080);
  service.add_txt("path=/\x07");
  return event;
}

class BrowseTest : public ::testing::Test {
 protected:
  BrowseTest() {
    harness_.service.browse = [this](grpc::ServerContext*,
                                     const v1::BrowseRequest& request,
                                     Writer* writer) {
      // cppcheck-suppress useInitializationList ; the body is the lambda's
      request_ = request;
      writer->Write(Event(v1::BrowseResponse::EVENT_FOUND));
      writer->Write(Event(v1::BrowseResponse::EVENT_LOST));
      if (!ends_) harness_.WaitForEndOfRun();
      return end_;
    };
  }

  v1::BrowseRequest request_;
  bool ends_ = true;
  grpc::Status end_;
  // Last: its server ends before what the handlers use.
  Harness harness_;
};

TEST_F(BrowseTest, ShowsWhatComesAndGoes) {
  EXPECT_EQ(
      harness_.Run({"browse", "_http._tcp", "--bridge=bn1", "--duration=3s"}),
      0);
  EXPECT_EQ(harness_.out(),
            "+ bn1  _http._tcp  web\\x1b[31m\n"
            "    host a.local  port 8080\n"
            "    address 10.1.0.5\n"
            "    txt \"path=/\\x07\"\n"
            "- bn1  _http._tcp  web\\x1b[31m\n");
  EXPECT_EQ(request_.types(0), "_http._tcp");
  EXPECT_EQ(request_.bridges(0), "bn1");
  EXPECT_EQ(request_.duration().seconds(), 3);
}

TEST_F(BrowseTest, JsonIsAnEventALine) {
  EXPECT_EQ(harness_.Run({"browse", "--output=json"}), 0);
  const std::string out = harness_.out();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
  EXPECT_THAT(out, HasSubstr(R"("event":"EVENT_LOST")"));
  EXPECT_THAT(out, Not(HasSubstr("\x1b")));
}

TEST_F(BrowseTest, SaysThatThereWasNothing) {
  harness_.service.browse = [](grpc::ServerContext*, const v1::BrowseRequest&,
                               Writer*) { return grpc::Status::OK; };
  EXPECT_EQ(harness_.Run({"browse", "--duration=1s"}), 0);
  EXPECT_EQ(harness_.out(), "");
  EXPECT_THAT(harness_.err(), HasSubstr("nothing was advertised"));
  EXPECT_EQ(harness_.Run({"browse", "--duration=1s", "--output=json"}), 0);
  EXPECT_EQ(harness_.err(), "");
}

TEST_F(BrowseTest, CtrlCEndsIt) {
  ends_ = false;
  harness_.InterruptAt({"- bn1"});
  EXPECT_EQ(harness_.Run({"browse"}), 130);
}

TEST_F(BrowseTest, AnErrorHasItsCode) {
  end_ = SentStatus(MakeError(v1::ERROR_REASON_NO_BRIDGE, "no bridge"));
  EXPECT_EQ(harness_.Run({"browse"}), 10);
  EXPECT_THAT(harness_.err(), HasSubstr("no bridge [NO_BRIDGE]"));
}

}  // namespace
}  // namespace localstore::client
