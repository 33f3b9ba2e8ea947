#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "client/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Writer = grpc::ServerWriter<v1::DownloadResponse>;

v1::DownloadResponse Snapshot(v1::Download::State state, int64_t received = 0) {
  v1::DownloadResponse response;
  v1::Download& download = *response.mutable_download();
  download.set_download_id("d1");
  download.set_state(state);
  download.set_url("http://a.local/x.img");
  download.set_effective_url("http://10.1.0.5/x.img");
  download.mutable_endpoint()->set_bridge("bn1");
  download.mutable_endpoint()->set_source_address("10.1.0.1");
  download.set_destination("x.img");
  download.set_received_bytes(received);
  download.set_total_bytes(1024);
  return response;
}

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() {
    harness_.service.download = [this](grpc::ServerContext*,
                                       const v1::DownloadRequest& request,
                                       Writer* writer) {
      // cppcheck-suppress useInitializationList ; the body is the lambda's
      request_ = request;
      for (const v1::DownloadResponse& snapshot : snapshots_) {
        writer->Write(snapshot);
      }
      return end_;
    };
  }

  // Streams one snapshot, then waits until the call or the download is
  // cancelled.
  void RunUntilCancelled() {
    harness_.service.download = [this](grpc::ServerContext*,
                                       const v1::DownloadRequest& request,
                                       Writer* writer) {
      request_ = request;
      writer->Write(Snapshot(v1::Download::STATE_DOWNLOADING, 512));
      harness_.WaitForEndOfRun();
      if (!cancelled_.HasBeenNotified()) return grpc::Status::CANCELLED;
      writer->Write(Snapshot(v1::Download::STATE_CANCELLED, 512));
      return SentStatus(
          MakeError(v1::ERROR_REASON_CANCELLED, "cancelled by the caller"));
    };
    harness_.service.cancel = [this](const v1::CancelRequest& request,
                                     v1::CancelResponse*) {
      EXPECT_EQ(request.download_id(), "d1");
      cancelled_.Notify();
      harness_.Wake();
      return grpc::Status::OK;
    };
  }

  int Run(std::vector<std::string> more = {}) {
    std::vector<std::string> words{"download", "http://a.local/x.img",
                                   "--allow_unverified"};
    words.insert(words.end(), more.begin(), more.end());
    return harness_.Run(words);
  }

  v1::DownloadRequest request_;
  std::vector<v1::DownloadResponse> snapshots_;
  grpc::Status end_;
  absl::Notification cancelled_;
  // Last: its server ends before what the handlers use.
  Harness harness_;
};

TEST_F(DownloadTest, ShowsTheWayTheProgressAndTheEnd) {
  snapshots_ = {Snapshot(v1::Download::STATE_QUEUED),
                Snapshot(v1::Download::STATE_DOWNLOADING, 512),
                Snapshot(v1::Download::STATE_VERIFYING, 1024),
                Snapshot(v1::Download::STATE_COMPLETED, 1024)};
  snapshots_.back().mutable_download()->set_sha256("00ff");
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(harness_.out(),
              HasSubstr("http://a.local/x.img -> http://10.1.0.5/x.img on "
                        "bridge bn1, from 10.1.0.1\n"));
  EXPECT_THAT(harness_.out(), HasSubstr("x.img: 50%, 512 B of 1.0 KiB"));
  EXPECT_THAT(harness_.out(), HasSubstr("x.img: verifying\n"));
  EXPECT_THAT(harness_.out(), HasSubstr("x.img: completed, 1.0 KiB in "));
  EXPECT_THAT(harness_.out(), HasSubstr("sha256 00ff\n"));
  EXPECT_EQ(harness_.err(), "");
}

TEST_F(DownloadTest, JsonIsASnapshotALine) {
  snapshots_ = {Snapshot(v1::Download::STATE_QUEUED),
                Snapshot(v1::Download::STATE_COMPLETED, 1024)};
  EXPECT_EQ(Run({"--output=json"}), 0);
  const std::string out = harness_.out();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
  EXPECT_THAT(out, HasSubstr(R"("state":"STATE_COMPLETED")"));
}

TEST_F(DownloadTest, ATerminalGetsABar) {
  harness_.OutputIsATerminal(100);
  snapshots_ = {Snapshot(v1::Download::STATE_DOWNLOADING, 512),
                Snapshot(v1::Download::STATE_COMPLETED, 1024)};
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(harness_.out(), HasSubstr("[====================>"));
  EXPECT_THAT(harness_.out(), HasSubstr("\r\x1b[J"));
  EXPECT_EQ(request_.progress_interval().nanos(), 200'000'000);
}

TEST_F(DownloadTest, AFailureHasItsReasonAndCode) {
  snapshots_ = {Snapshot(v1::Download::STATE_FAILED, 1024)};
  end_ = SentStatus(MakeError(v1::ERROR_REASON_DIGEST_MISMATCH, "other bytes",
                              {{"expected", "00"}, {"actual", "ff"}}));
  EXPECT_EQ(Run(), 5);
  EXPECT_THAT(harness_.err(), HasSubstr("other bytes [DIGEST_MISMATCH]\n"
                                        "  actual: ff\n  expected: 00\n"));
  EXPECT_EQ(Run({"--output=json"}), 5);
  EXPECT_THAT(harness_.err(), HasSubstr(R"("reason":"DIGEST_MISMATCH")"));
}

TEST_F(DownloadTest, AFailureThatOnlyTheSnapshotTellsIsOneToo) {
  snapshots_ = {Snapshot(v1::Download::STATE_FAILED)};
  *snapshots_[0].mutable_download()->mutable_error() =
      ToRpcStatus(MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  EXPECT_EQ(Run(), 11);
  EXPECT_THAT(harness_.err(), HasSubstr("full [NO_SPACE]"));
  snapshots_ = {Snapshot(v1::Download::STATE_FAILED)};
  EXPECT_EQ(Run(), 1);
  snapshots_ = {Snapshot(v1::Download::STATE_CANCELLED)};
  EXPECT_EQ(Run(), 8);
}

TEST_F(DownloadTest, AStreamThatStopsShortIsNoSuccess) {
  snapshots_ = {Snapshot(v1::Download::STATE_DOWNLOADING, 512)};
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(harness_.err(), HasSubstr("localstorectl status"));
  snapshots_.clear();
  EXPECT_EQ(Run(), 1);
}

TEST_F(DownloadTest, AServerThatIsNotThereIsSaidSo) {
  end_ = grpc::Status(grpc::StatusCode::UNAVAILABLE, "no route");
  EXPECT_EQ(Run(), 3);
  EXPECT_THAT(harness_.err(),
              HasSubstr("cannot reach the server at unix:/test.sock"));
}

TEST_F(DownloadTest, AttachesAgainWithTheIdAfterTheConnectionWasLost) {
  std::atomic<int> calls{0};
  harness_.service.download = [&](grpc::ServerContext*,
                                  const v1::DownloadRequest& request,
                                  Writer* writer) {
    if (++calls == 1) {
      writer->Write(Snapshot(v1::Download::STATE_DOWNLOADING, 512));
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed");
    }
    request_ = request;
    writer->Write(Snapshot(v1::Download::STATE_COMPLETED, 1024));
    return grpc::Status::OK;
  };
  EXPECT_EQ(Run(), 0);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(request_.download_id(), "d1");
  EXPECT_THAT(harness_.out(), HasSubstr("connection lost, attaching again"));
  EXPECT_THAT(harness_.out(), HasSubstr("attached again"));
}

TEST_F(DownloadTest, CtrlCLeavesTheDownloadRunningAndSaysHowToAttach) {
  RunUntilCancelled();
  harness_.InterruptAt({"50%"});
  EXPECT_EQ(Run(), 130);
  EXPECT_FALSE(cancelled_.HasBeenNotified());
  EXPECT_THAT(harness_.out(), HasSubstr("localstorectl watch d1\n"));
}

TEST_F(DownloadTest, TheAttachCommandNamesTheServerThatWasGiven) {
  RunUntilCancelled();
  harness_.InterruptAt({"50%"});
  EXPECT_EQ(Run({"--server=unix:/test.sock"}), 130);
  EXPECT_THAT(harness_.out(),
              HasSubstr("localstorectl --server=unix:/test.sock watch d1\n"));
}

TEST_F(DownloadTest, CtrlCInJsonTellsHowToAttachOnTheErrorSide) {
  RunUntilCancelled();
  harness_.InterruptAt({"STATE_DOWNLOADING"});
  EXPECT_EQ(Run({"--output=json"}), 130);
  EXPECT_THAT(harness_.err(), HasSubstr("localstorectl watch d1"));
}

TEST_F(DownloadTest, CtrlCTwiceCancels) {
  RunUntilCancelled();
  harness_.InterruptAt({"50%", "Ctrl-C again"});
  EXPECT_EQ(Run(), 8);
  EXPECT_TRUE(cancelled_.HasBeenNotified());
  EXPECT_THAT(harness_.err(), HasSubstr("[CANCELLED]"));
}

TEST_F(DownloadTest, CtrlCOnceCancelsWhatEndsWithItsWatchers) {
  RunUntilCancelled();
  harness_.InterruptAt({"50%"});
  EXPECT_EQ(Run({"--on_disconnect=cancel"}), 8);
  EXPECT_TRUE(cancelled_.HasBeenNotified());
}

TEST_F(DownloadTest, ACancelThatFailsIsReported) {
  RunUntilCancelled();
  harness_.service.cancel = [](const v1::CancelRequest&, v1::CancelResponse*) {
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "not yours");
  };
  harness_.InterruptAt({"50%", "Ctrl-C again"});
  EXPECT_EQ(Run(), 7);
  EXPECT_THAT(harness_.err(), HasSubstr("not yours"));
}

TEST_F(DownloadTest, MistakesOnTheCommandLineNeverReachTheServer) {
  EXPECT_EQ(harness_.Run({"download", "http://a.local/x"}), 2);
  EXPECT_THAT(harness_.err(), HasSubstr("--sha256 is missing"));
  EXPECT_EQ(request_.url(), "");
}

TEST_F(DownloadTest, SecretsDoNotCrossTheNetworkInClear) {
  harness_.ConnectionIsNotPrivate();
  EXPECT_EQ(harness_.Run({"download", "https://a.local/x", "--allow_unverified",
                          "--credentials_file=-"},
                         "user:s3cret"),
            2);
  EXPECT_THAT(harness_.err(), HasSubstr("in clear"));
  EXPECT_THAT(harness_.err(), Not(HasSubstr("s3cret")));
  EXPECT_EQ(request_.datastores_size(), 0);
}

}  // namespace
}  // namespace localstore::client
