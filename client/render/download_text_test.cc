#include "client/render/download_text.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Style kPlain{Charset::kUtf8, false};

v1::Download Completed() {
  v1::Download download;
  download.set_state(v1::Download::STATE_COMPLETED);
  download.set_destination("ubuntu.img");
  download.set_received_bytes(256 << 20);
  download.set_total_bytes(256 << 20);
  download.mutable_start_time()->set_seconds(1000);
  download.mutable_end_time()->set_seconds(1002);
  return download;
}

TEST(NameOfTest, PrefersTheDestination) {
  v1::Download download;
  download.set_download_id("d1");
  EXPECT_EQ(NameOf(download, kPlain), "d1");
  download.set_url("http://a.local/dir/x.img?token=1#f");
  EXPECT_EQ(NameOf(download, kPlain), "x.img");
  download.set_destination("b\x1b.img");
  EXPECT_EQ(NameOf(download, kPlain), "b\\x1b.img");
}

TEST(HostOfTest, TakesTheHostAlone) {
  EXPECT_EQ(HostOf("http://a.local:8080/x"), "a.local");
  EXPECT_EQ(HostOf("https://u:p@a.local/x@y"), "a.local");
  EXPECT_EQ(HostOf("http://[fe80::1]:80/"), "[fe80::1]");
  EXPECT_EQ(HostOf("a.local"), "a.local");
  EXPECT_EQ(HostOf(""), "");
}

TEST(RewriteTextTest, SaysWhatBecameOfTheUrl) {
  v1::Download download;
  EXPECT_EQ(RewriteText(download, kPlain), "");
  download.set_url("http://a.local/x");
  download.set_effective_url("http://10.1.0.5/x");
  download.mutable_endpoint()->set_bridge("bn1");
  download.mutable_endpoint()->set_source_address("10.1.0.1");
  EXPECT_EQ(RewriteText(download, kPlain),
            "http://a.local/x -> http://10.1.0.5/x on bridge bn1, from "
            "10.1.0.1");
  download.set_datastore("a.local");
  EXPECT_THAT(RewriteText(download, kPlain), Not(HasSubstr("datastore")));
  download.set_datastore("edge-store");
  EXPECT_THAT(RewriteText(download, kPlain),
              HasSubstr(", datastore edge-store"));
}

TEST(CompletedTextTest, TellsSizeTimeAndAverageRate) {
  v1::Download download = Completed();
  EXPECT_EQ(CompletedText(download),
            "completed, 256.0 MiB in 2.0s (128.0 MiB/s)");
  download.set_resumed_bytes(128 << 20);
  EXPECT_EQ(CompletedText(download),
            "completed, 256.0 MiB in 2.0s (64.0 MiB/s), resumed from 128.0 "
            "MiB");
  download.set_resumed_bytes(256 << 20);
  EXPECT_EQ(CompletedText(download), "completed, 256.0 MiB, was there already");
}

TEST(CompletedTextTest, SurvivesNonsense) {
  v1::Download download = Completed();
  download.mutable_end_time()->set_seconds(1000);
  EXPECT_EQ(CompletedText(download), "completed, 256.0 MiB in 0.0ms");
  download.mutable_end_time()->set_seconds(std::numeric_limits<int64_t>::min());
  download.set_received_bytes(-1);
  download.set_resumed_bytes(7);
  EXPECT_THAT(CompletedText(download), HasSubstr("completed, 0 B"));
}

TEST(SummaryTextTest, EndsWithTheDigest) {
  v1::Download download = Completed();
  download.set_sha256("00ff");
  EXPECT_THAT(SummaryText(download, kPlain), HasSubstr("\nsha256 00ff\n"));
  download.set_state(v1::Download::STATE_FAILED);
  EXPECT_EQ(SummaryText(download, kPlain), "");
}

}  // namespace
}  // namespace localstore::client
