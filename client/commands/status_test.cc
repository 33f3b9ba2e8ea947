#include "absl/strings/str_cat.h"
#include "client/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

class StatusTest : public ::testing::Test {
 protected:
  StatusTest() {
    // Three pages of one download each.
    harness_.service.status = [this](const v1::StatusRequest& request,
                                     v1::StatusResponse* response) {
      ++calls_;
      requested_ids_ = request.download_ids_size();
      const std::string& page = request.page_token();
      response->set_version("1.2.3");
      response->add_bridges()->set_name("bn1");
      v1::Download& download = *response->add_downloads();
      download.set_download_id(absl::StrCat("d", page));
      download.set_state(v1::Download::STATE_COMPLETED);
      if (page.size() < 2) response->set_next_page_token(page + "x");
      return grpc::Status::OK;
    };
  }

  Harness harness_;
  int calls_ = 0;
  int requested_ids_ = 0;
};

TEST_F(StatusTest, ShowsServerBridgesAndAllPagesOfDownloads) {
  EXPECT_EQ(harness_.Run({"status"}), 0);
  EXPECT_EQ(calls_, 3);
  EXPECT_THAT(harness_.out(),
              HasSubstr("localstored 1.2.3 at unix:/test.sock"));
  EXPECT_THAT(harness_.out(), HasSubstr("bn1"));
  EXPECT_THAT(harness_.out(), HasSubstr("\ndxx"));
}

TEST_F(StatusTest, JsonIsOneSnapshot) {
  EXPECT_EQ(harness_.Run({"status", "--output=json"}), 0);
  EXPECT_EQ(harness_.out().find('\n'), harness_.out().size() - 1);
  EXPECT_THAT(harness_.out(), HasSubstr(R"("downloadId":"dxx")"));
  EXPECT_THAT(harness_.out(), HasSubstr(R"("nextPageToken":"")"));
}

TEST_F(StatusTest, ADownloadThatIsNotThereIsAnError) {
  EXPECT_EQ(harness_.Run({"status", "d", "gone"}), 4);
  EXPECT_EQ(requested_ids_, 2);
  EXPECT_THAT(harness_.err(), HasSubstr("gone"));
  EXPECT_THAT(harness_.err(), HasSubstr("[DOWNLOAD_NOT_FOUND]"));
}

TEST_F(StatusTest, AnErrorIsReported) {
  harness_.service.status = [](const v1::StatusRequest&, v1::StatusResponse*) {
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "not you");
  };
  EXPECT_EQ(harness_.Run({"status"}), 7);
  EXPECT_THAT(harness_.err(), HasSubstr("error: not you [PERMISSION_DENIED]"));
}

TEST_F(StatusTest, AServerThatNeverStopsPagingDoesNotKeepUs) {
  harness_.service.status = [this](const v1::StatusRequest&,
                                   v1::StatusResponse* response) {
    ++calls_;
    response->set_next_page_token("more");
    return grpc::Status::OK;
  };
  EXPECT_EQ(harness_.Run({"status"}), 0);
  EXPECT_LE(calls_, 1000);
}

}  // namespace
}  // namespace localstore::client
