// The main job: an image of a `.local` datastore, found, fetched, verified.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/duration.pb.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.pb.h"
#include "protos/errors/error.h"
#include "testing/e2e/fixture.h"
#include "testing/e2e/lab.h"

namespace localstore::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int64_t kMebibyte = 1 << 20;

std::vector<std::string> FilesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

class DownloadTest : public EndToEndTest {
 protected:
  void SetUp() override { StartServer(); }

  // Downloads at 8 MiB/s with snapshots at that interval.
  DownloadOutcome SlowDownload(absl::string_view name, int milliseconds) {
    const std::string path = absl::StrCat("slow-images/", name);
    const std::string digest = lab_.MakeFile("store", path, 16 * kMebibyte);
    v1::DownloadRequest request =
        DownloadOf(absl::StrCat("http://", kStoreHost, "/slow/", path), digest);
    request.mutable_progress_interval()->set_seconds(milliseconds / 1000);
    request.mutable_progress_interval()->set_nanos(milliseconds % 1000 *
                                                   1000000);
    DownloadOutcome outcome = Download(request);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    return outcome;
  }
};

TEST_F(DownloadTest, DeliversTheImageThroughTheBridgeThatAnswered) {
  const std::string digest =
      lab_.MakeFile("store", "images/main.qcow2", 32 * kMebibyte);
  const size_t requests_before = lab_.Requests("store").size();

  const DownloadOutcome outcome = Download(DownloadOf(
      absl::StrCat("http://", kStoreHost, "/images/main.qcow2"), digest));

  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  const v1::Download& last = outcome.last();
  EXPECT_EQ(last.state(), v1::Download::STATE_COMPLETED);
  EXPECT_EQ(last.sha256(), digest);
  EXPECT_EQ(last.effective_url(), "http://10.1.0.5/images/main.qcow2");
  EXPECT_EQ(last.endpoint().address(), kStoreAddress);
  EXPECT_EQ(last.endpoint().bridge(), "bn1");
  EXPECT_EQ(last.endpoint().source_address(), "10.1.0.1");
  EXPECT_EQ(last.received_bytes(), 32 * kMebibyte);
  EXPECT_EQ(last.total_bytes(), 32 * kMebibyte);
  EXPECT_EQ(last.destination(), "main.qcow2");
  EXPECT_TRUE(SameFile(Destination("main.qcow2"),
                       lab_.FilePath("store", "images/main.qcow2")));
  EXPECT_THAT(FilesIn(server_->download_dir()),
              UnorderedElementsAre("main.qcow2"));

  // The web server's own word for where the connection came from.
  const std::vector<Request> requests = lab_.Requests("store");
  ASSERT_GT(requests.size(), requests_before);
  EXPECT_EQ(requests.back().client, "10.1.0.1");
  EXPECT_EQ(requests.back().server, "10.1.0.5:80");
  EXPECT_THAT(requests.back().line, HasSubstr("GET /images/main.qcow2 "));
}

TEST_F(DownloadTest, StreamsSnapshotsThatGrow) {
  const DownloadOutcome outcome = SlowDownload("growing", 100);
  ASSERT_FALSE(outcome.snapshots.empty());
  int64_t received = 0;
  for (const v1::Download& snapshot : outcome.snapshots) {
    EXPECT_GE(snapshot.received_bytes(), received);
    EXPECT_EQ(snapshot.download_id(), outcome.last().download_id());
    received = snapshot.received_bytes();
  }
  EXPECT_FALSE(outcome.last().download_id().empty());
  EXPECT_EQ(received, 16 * kMebibyte);
}

TEST_F(DownloadTest, SendsSnapshotsAtTheIntervalAskedFor) {
  const int often =
      SlowDownload("often", 100).Count(v1::Download::STATE_DOWNLOADING);
  const int seldom =
      SlowDownload("seldom", 1000).Count(v1::Download::STATE_DOWNLOADING);
  EXPECT_GE(often, 8);
  EXPECT_GE(often, 2 * seldom);
}

TEST_F(DownloadTest, AWrongDigestLeavesNoFile) {
  const std::string digest = lab_.MakeFile("store", "images/changed", 100000);
  const std::string wrong(64, 'a');

  const DownloadOutcome outcome = Download(DownloadOf(
      absl::StrCat("http://", kStoreHost, "/images/changed"), wrong));

  EXPECT_THAT(outcome.status,
              FailsWith(absl::StatusCode::kDataLoss, "DIGEST_MISMATCH"));
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr(digest));
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr(wrong));
  ASSERT_FALSE(outcome.snapshots.empty());
  EXPECT_EQ(outcome.last().state(), v1::Download::STATE_FAILED);
  EXPECT_EQ(outcome.last().sha256(), digest);
  EXPECT_FALSE(std::filesystem::exists(Destination("changed")));
}

TEST_F(DownloadTest, AnImageThatIsNotThereLeavesNoFile) {
  const DownloadOutcome outcome =
      Download(DownloadOf(absl::StrCat("http://", kStoreHost, "/images/absent"),
                          std::string(64, 'a')));

  EXPECT_EQ(ErrorInfoOf(outcome.status).reason(), "HTTP_STATUS")
      << outcome.status;
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("404"));
  ASSERT_FALSE(outcome.snapshots.empty());
  EXPECT_EQ(outcome.last().state(), v1::Download::STATE_FAILED);
  EXPECT_THAT(FilesIn(server_->download_dir()), IsEmpty());
}

TEST_F(DownloadTest, TakesUrlsInUpperCaseAndWithAPort) {
  const std::string digest = lab_.MakeFile("store", "Images/Upper.img", 50000);

  const DownloadOutcome outcome = Download(DownloadOf(
      "HTTP://Ubuntu-4321-HTTP-Server.LOCAL:8080/Images/Upper.img", digest));

  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.last().effective_url(),
            "http://10.1.0.5:8080/Images/Upper.img");
  EXPECT_EQ(lab_.Requests("store").back().server, "10.1.0.5:8080");
  EXPECT_TRUE(SameFile(Destination("Upper.img"),
                       lab_.FilePath("store", "Images/Upper.img")));
}

// camera-7 advertises _http._tcp at port 8080, and serves at 80, too.
TEST_F(DownloadTest, TakesTheAdvertisedPortWhereTheUrlNamesNone) {
  const std::string digest = lab_.MakeFile("camera", "images/port", 2000);

  const DownloadOutcome outcome =
      Download(DownloadOf("http://camera-7.local/images/port", digest));

  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.last().effective_url(), "http://10.3.0.9:8080/images/port");
  EXPECT_EQ(lab_.Requests("camera").back().server, "10.3.0.9:8080");
  EXPECT_EQ(lab_.Requests("camera").back().client, "10.3.0.1");
}

TEST_F(DownloadTest, TakesTheFinalDot) {
  const std::string digest = lab_.MakeFile("store", "images/dot", 1000);
  const DownloadOutcome outcome = Download(
      DownloadOf(absl::StrCat("http://", kStoreHost, "./images/dot"), digest));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
}

// One path on three Apps whose names contain each other: the bytes say who
// was asked.
TEST_F(DownloadTest, TellsAppsApartWhoseNamesContainEachOther) {
  const struct {
    const char* app;
    const char* host;
    const char* address;
    const char* bridge;
  } apps[] = {
      {"store", "ubuntu-4321-http-server.local", "10.1.0.5", "bn1"},
      {"longer", "ubuntu-4321-http-server-backup.local", "10.2.0.7", "bn2"},
      {"ending", "my-ubuntu-4321-http-server.local", "10.1.0.6", "bn1"},
  };
  for (const auto& app : apps) {
    const std::string digest = lab_.MakeFile(app.app, "images/same", 70000);
    v1::DownloadRequest request =
        DownloadOf(absl::StrCat("http://", app.host, "/images/same"), digest);
    request.set_destination(app.app);
    const DownloadOutcome outcome = Download(request);
    ASSERT_TRUE(outcome.status.ok()) << app.host << ": " << outcome.status;
    EXPECT_EQ(outcome.last().endpoint().address(), app.address);
    EXPECT_EQ(outcome.last().endpoint().bridge(), app.bridge);
    EXPECT_TRUE(
        SameFile(Destination(app.app), lab_.FilePath(app.app, "images/same")));
  }
}

TEST_F(DownloadTest, FollowsAnAppToItsNewAddress) {
  const std::string first = lab_.MakeFile("store", "images/first", 60000);
  const std::string second = lab_.MakeFile("store", "images/second", 60000);

  const DownloadOutcome before = Download(
      DownloadOf(absl::StrCat("http://", kStoreHost, "/images/first"), first));
  lab_.Run({"app", "address", "store", "10.1.0.77"});
  const DownloadOutcome after = Download(DownloadOf(
      absl::StrCat("http://", kStoreHost, "/images/second"), second));
  lab_.Run({"app", "address", "store", kStoreAddress});

  ASSERT_TRUE(before.status.ok()) << before.status;
  EXPECT_EQ(before.last().endpoint().address(), kStoreAddress);
  ASSERT_TRUE(after.status.ok()) << after.status;
  EXPECT_EQ(after.last().endpoint().address(), "10.1.0.77");
  EXPECT_EQ(after.last().effective_url(), "http://10.1.0.77/images/second");
  EXPECT_EQ(lab_.Requests("store").back().server, "10.1.0.77:80");
}

TEST_F(DownloadTest, RefusesAHostThatIsNotLocal) {
  const DownloadOutcome outcome =
      Download(DownloadOf("http://example.com/images/a", std::string(64, 'a')));
  EXPECT_THAT(outcome.status,
              FailsWith(absl::StatusCode::kInvalidArgument, "HOST_NOT_LOCAL"));
}

TEST_F(DownloadTest, AsksForTheDigest) {
  const DownloadOutcome outcome =
      Download(DownloadOf(absl::StrCat("http://", kStoreHost, "/a"), ""));
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_GE(BadRequestOf(outcome.status).field_violations_size(), 1)
      << outcome.status;
  EXPECT_EQ(BadRequestOf(outcome.status).field_violations(0).field(), "sha256");
}

// Its App may yet start: until the time allowed is over the server goes on
// asking, and says so.
TEST_F(DownloadTest, ANameThatNobodyHasIsWaitedForUntilTheTimeout) {
  v1::DownloadRequest request =
      DownloadOf("http://nobody-here.local/images/a", std::string(64, 'a'));
  request.mutable_timeout()->set_seconds(5);

  const DownloadOutcome outcome = Download(request);

  EXPECT_THAT(outcome.status, FailsWith(absl::StatusCode::kDeadlineExceeded,
                                        "DEADLINE_EXCEEDED"));
  EXPECT_THAT(std::string(outcome.status.message()),
              HasSubstr("nobody-here.local"));
  ASSERT_GE(outcome.Count(v1::Download::STATE_WAITING), 1);
  for (const v1::Download& snapshot : outcome.snapshots) {
    if (snapshot.state() != v1::Download::STATE_WAITING) continue;
    EXPECT_THAT(FromRpcStatus(snapshot.error()),
                FailsWith(absl::StatusCode::kNotFound, "HOST_NOT_FOUND"));
    EXPECT_TRUE(snapshot.has_next_attempt_time());
  }
}

class ProxyTest : public EndToEndTest {};

TEST_F(ProxyTest, NoProxyOfTheEnvironmentIsUsed) {
  ServerOptions options;
  for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy",
                           "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    options.environment.push_back(absl::StrCat(name, "=http://127.0.0.1:1"));
  }
  StartServer(options);
  const std::string digest = lab_.MakeFile("store", "images/direct", 5000);

  const DownloadOutcome outcome = Download(DownloadOf(
      absl::StrCat("http://", kStoreHost, "/images/direct"), digest));

  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(lab_.Requests("store").back().client, "10.1.0.1");
}

}  // namespace
}  // namespace localstore::testing
