#include "client/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

class CancelTest : public ::testing::Test {
 protected:
  CancelTest() {
    harness_.service.cancel = [this](const v1::CancelRequest& request,
                                     v1::CancelResponse* response) {
      // cppcheck-suppress useInitializationList ; the body is the lambda's
      cancel_ = request;
      if (request.download_id() == "gone") return NotFound();
      response->mutable_download()->set_state(v1::Download::STATE_CANCELLED);
      return grpc::Status::OK;
    };
    harness_.service.remove = [this](const v1::RemoveRequest& request,
                                     v1::RemoveResponse*) {
      remove_ = request;
      return request.download_id() == "gone" ? NotFound() : grpc::Status::OK;
    };
  }

  static grpc::Status NotFound() {
    return SentStatus(MakeError(v1::ERROR_REASON_DOWNLOAD_NOT_FOUND,
                                "there is no download gone"));
  }

  Harness harness_;
  v1::CancelRequest cancel_;
  v1::RemoveRequest remove_;
};

TEST_F(CancelTest, CancelsEach) {
  EXPECT_EQ(harness_.Run({"cancel", "d1", "d2", "--discard_partial"}), 0);
  EXPECT_EQ(harness_.out(), "d1: cancelled\nd2: cancelled\n");
  EXPECT_TRUE(cancel_.discard_partial());
}

TEST_F(CancelTest, GoesOnAfterAnErrorAndEndsWithIt) {
  EXPECT_EQ(harness_.Run({"cancel", "gone", "d2"}), 4);
  EXPECT_EQ(harness_.out(), "d2: cancelled\n");
  EXPECT_THAT(harness_.err(), HasSubstr("[DOWNLOAD_NOT_FOUND]"));
  EXPECT_EQ(harness_.Run({"cancel", "gone", "--output=json"}), 4);
  EXPECT_THAT(harness_.err(), HasSubstr(R"({"code":5,)"));
}

TEST_F(CancelTest, JsonIsTheResponse) {
  EXPECT_EQ(harness_.Run({"cancel", "--output=json", "d1"}), 0);
  EXPECT_THAT(harness_.out(), HasSubstr(R"("state":"STATE_CANCELLED")"));
}

TEST_F(CancelTest, RemovesAndSaysWhatBecameOfTheFile) {
  EXPECT_EQ(harness_.Run({"remove", "d1"}), 0);
  EXPECT_EQ(harness_.out(), "d1: removed\n");
  EXPECT_FALSE(remove_.delete_file());
  EXPECT_EQ(harness_.Run({"remove", "d1", "--delete_file"}), 0);
  EXPECT_EQ(harness_.out(), "d1: removed, with its file\n");
  EXPECT_TRUE(remove_.delete_file());
  EXPECT_EQ(harness_.Run({"remove", "gone"}), 4);
  EXPECT_EQ(harness_.Run({"remove", "d1", "--output=json"}), 0);
  EXPECT_EQ(harness_.out(), "{}\n");
}

}  // namespace
}  // namespace localstore::client
