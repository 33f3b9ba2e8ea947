#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "client/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Writer = grpc::ServerWriter<v1::WatchResponse>;

v1::WatchResponse Snapshot(const std::string& id, v1::Download::State state) {
  v1::WatchResponse response;
  v1::Download& download = *response.mutable_download();
  download.set_download_id(id);
  download.set_state(state);
  download.set_destination(id + ".img");
  download.set_received_bytes(512);
  download.set_total_bytes(1024);
  return response;
}

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() {
    harness_.service.watch = [this](grpc::ServerContext*,
                                    const v1::WatchRequest& request,
                                    Writer* writer) {
      ids_.assign(request.download_ids().begin(), request.download_ids().end());
      for (const v1::WatchResponse& snapshot : snapshots_) {
        writer->Write(snapshot);
      }
      if (!ends_) harness_.WaitForEndOfRun();
      return end_;
    };
  }

  std::vector<std::string> ids_;
  std::vector<v1::WatchResponse> snapshots_;
  // Whether the server ends the stream by itself.
  bool ends_ = false;
  grpc::Status end_;
  // Last: its server ends before what the handlers use.
  Harness harness_;
};

TEST_F(WatchTest, EndsWhenAllThatWereNamedHaveEnded) {
  snapshots_ = {Snapshot("a", v1::Download::STATE_DOWNLOADING),
                Snapshot("b", v1::Download::STATE_COMPLETED),
                Snapshot("other", v1::Download::STATE_FAILED),
                Snapshot("a", v1::Download::STATE_COMPLETED)};
  EXPECT_EQ(harness_.Run({"watch", "a", "b"}), 0);
  EXPECT_THAT(ids_, ElementsAre("a", "b"));
  EXPECT_THAT(harness_.out(), HasSubstr("a.img: 50%"));
  EXPECT_THAT(harness_.out(), HasSubstr("b.img: completed"));
}

TEST_F(WatchTest, TheFirstThatFailedGivesTheCode) {
  snapshots_ = {Snapshot("a", v1::Download::STATE_FAILED),
                Snapshot("b", v1::Download::STATE_CANCELLED),
                Snapshot("c", v1::Download::STATE_COMPLETED)};
  *snapshots_[0].mutable_download()->mutable_error() =
      ToRpcStatus(MakeError(v1::ERROR_REASON_DIGEST_MISMATCH, "other bytes"));
  EXPECT_EQ(harness_.Run({"watch", "a", "b", "c"}), 5);
  EXPECT_THAT(harness_.out(), HasSubstr("a.img: failed\nother bytes "
                                        "[DIGEST_MISMATCH]\n"));
  EXPECT_THAT(harness_.out(), HasSubstr("b.img: cancelled\n"));
}

TEST_F(WatchTest, WithoutNamesItGoesOnUntilCtrlC) {
  snapshots_ = {Snapshot("a", v1::Download::STATE_FAILED),
                Snapshot("b", v1::Download::STATE_DOWNLOADING)};
  harness_.InterruptAt({"b.img"});
  EXPECT_EQ(harness_.Run({"watch"}), 130);
  EXPECT_THAT(ids_, ElementsAre());
}

TEST_F(WatchTest, JsonIsASnapshotALine) {
  snapshots_ = {Snapshot("a", v1::Download::STATE_DOWNLOADING),
                Snapshot("a", v1::Download::STATE_COMPLETED)};
  EXPECT_EQ(harness_.Run({"watch", "a", "--output=json"}), 0);
  const std::string out = harness_.out();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
  EXPECT_THAT(out, HasSubstr(R"({"download":{"downloadId":"a")"));
}

TEST_F(WatchTest, AnUnknownDownloadIsAnError) {
  ends_ = true;
  end_ = SentStatus(
      MakeError(v1::ERROR_REASON_DOWNLOAD_NOT_FOUND, "there is no download x"));
  EXPECT_EQ(harness_.Run({"watch", "x"}), 4);
  EXPECT_THAT(harness_.err(), HasSubstr("[DOWNLOAD_NOT_FOUND]"));
}

TEST_F(WatchTest, AStreamThatStopsShortIsNoSuccess) {
  ends_ = true;
  snapshots_ = {Snapshot("a", v1::Download::STATE_DOWNLOADING)};
  EXPECT_EQ(harness_.Run({"watch", "a"}), 1);
  EXPECT_THAT(harness_.err(), HasSubstr("before download a had ended"));
}

TEST_F(WatchTest, ComesBackAfterTheConnectionWasLost) {
  std::atomic<int> calls{0};
  harness_.service.watch = [&calls](grpc::ServerContext*,
                                    const v1::WatchRequest&, Writer* writer) {
    writer->Write(Snapshot("a", v1::Download::STATE_FAILED));
    if (++calls < 3) {
      writer->Write(Snapshot("b", v1::Download::STATE_DOWNLOADING));
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed");
    }
    writer->Write(Snapshot("b", v1::Download::STATE_COMPLETED));
    return grpc::Status::OK;
  };
  EXPECT_EQ(harness_.Run({"watch", "b"}), 0);
  EXPECT_EQ(calls, 3);
  const std::string out = harness_.out();
  const std::string failed = "a.img: failed";
  EXPECT_EQ(out.find(failed), out.rfind(failed)) << "told twice";
}

}  // namespace
}  // namespace localstore::client
