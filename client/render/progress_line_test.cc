#include "client/render/progress_line.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Style kAscii{Charset::kAscii, false};
const Style kUtf8{Charset::kUtf8, false};
constexpr absl::Time kNow = absl::FromUnixSeconds(1'000'000);

v1::Download Half() {
  v1::Download download;
  download.set_download_id("d1");
  download.set_state(v1::Download::STATE_DOWNLOADING);
  download.set_destination("ubuntu-22.04-server.img");
  download.set_received_bytes(128 << 20);
  download.set_total_bytes(256 << 20);
  download.set_bytes_per_second(64 << 20);
  download.mutable_eta()->set_seconds(2);
  return download;
}

TEST(ProgressLineTest, ShowsEverythingWhereThereIsRoom) {
  v1::Download download = Half();
  EXPECT_EQ(ProgressLine(download, 120, kNow, kAscii),
            "ubuntu-22.04-server.img  [====================>                  "
            " ]   50%  64.0 MiB/s  ETA 2s  128.0 MiB of 256.0 MiB");
  download.set_resumed_bytes(64 << 20);
  const std::string line = ProgressLine(download, 120, kNow, kAscii);
  EXPECT_THAT(line, HasSubstr("++++"));
  EXPECT_THAT(line, HasSubstr("resumed 64.0 MiB"));
}

TEST(ProgressLineTest, FitsEveryWidth) {
  v1::Download download = Half();
  download.set_resumed_bytes(1 << 20);
  for (const Style& style : {kAscii, kUtf8}) {
    for (const char* name : {"a", "ubuntu-22.04-server.img", "東京東京東京東京",
                             "x/y/z/very/long/path/of/an/image.qcow2"}) {
      download.set_destination(name);
      for (int state = 0; state <= 9; ++state) {
        download.set_state(static_cast<v1::Download::State>(state));
        for (size_t width = 0; width <= 200; ++width) {
          ASSERT_LE(DisplayWidth(ProgressLine(download, width, kNow, style)),
                    width)
              << name << " " << state;
        }
      }
    }
  }
}

TEST(ProgressLineTest, KeepsPercentAndRateLongest) {
  EXPECT_EQ(ProgressLine(Half(), 17, kNow, kAscii), " 50% 64.0 MiB/s");
  EXPECT_THAT(ProgressLine(Half(), 60, kNow, kAscii),
              HasSubstr("50%  64.0 MiB/s  ETA 2s"));
  EXPECT_THAT(ProgressLine(Half(), 60, kNow, kAscii), HasSubstr("["));
}

TEST(ProgressLineTest, WithoutASizeThereIsNoPercentage) {
  v1::Download download = Half();
  download.set_total_bytes(0);
  download.clear_eta();
  const std::string line = ProgressLine(download, 100, kNow, kAscii);
  EXPECT_THAT(line, HasSubstr("128.0 MiB"));
  EXPECT_THAT(line, Not(HasSubstr("%")));
}

TEST(ProgressLineTest, AWaitCountsDownAndSaysWhy) {
  v1::Download download = Half();
  download.set_state(v1::Download::STATE_WAITING);
  download.mutable_next_attempt_time()->set_seconds(1'000'012);
  *download.mutable_error() = ToRpcStatus(
      MakeError(v1::ERROR_REASON_CONNECT_FAILED, "connection refused"));
  EXPECT_THAT(ProgressLine(download, 120, kNow, kAscii),
              HasSubstr("waiting, next attempt in 12s: connection refused "
                        "[CONNECT_FAILED]"));
  EXPECT_THAT(ProgressLine(download, 120, kNow + absl::Seconds(5), kAscii),
              HasSubstr("in 7s"));
  EXPECT_THAT(ProgressLine(download, 120, kNow + absl::Hours(1), kAscii),
              HasSubstr("next attempt now"));
}

TEST(ProgressLineTest, NamesTheOtherStates) {
  v1::Download download = Half();
  download.set_url("http://a.local:80/x");
  download.set_state(v1::Download::STATE_RESOLVING);
  EXPECT_THAT(ProgressLine(download, 80, kNow, kAscii),
              HasSubstr("resolving a.local"));
  download.set_state(v1::Download::STATE_QUEUED);
  EXPECT_THAT(ProgressLine(download, 80, kNow, kAscii), HasSubstr("queued"));
  download.set_state(v1::Download::STATE_VERIFYING);
  EXPECT_THAT(ProgressLine(download, 80, kNow, kAscii), HasSubstr("verifying"));
}

TEST(ProgressLineTest, BarsOfSeveralBeginAndEndInTheSameColumns) {
  v1::Download small = Half();
  small.set_destination("a.img");
  v1::Download resumed = Half();
  resumed.set_resumed_bytes(64 << 20);
  v1::Download queued = Half();
  queued.set_destination("b.img");
  queued.set_state(v1::Download::STATE_QUEUED);
  const ProgressColumns columns = ColumnsOf({small, resumed, queued}, kAscii);
  // Names are shortened where there is less room.
  const size_t name = Half().destination().size() + 2;
  for (const size_t width : {100u, 120u, 200u}) {
    const std::string one = ProgressLine(small, width, kNow, kAscii, columns);
    const std::string other =
        ProgressLine(resumed, width, kNow, kAscii, columns);
    EXPECT_EQ(one.find('['), other.find('[')) << one << "\n" << other;
    EXPECT_EQ(one.find(']'), other.find(']')) << one << "\n" << other;
    if (width > 100) {
      EXPECT_EQ(one.find('['), name) << one;
      EXPECT_EQ(
          ProgressLine(queued, width, kNow, kAscii, columns).find("queued"),
          name);
    }
    EXPECT_LE(other.size(), width);
  }
  for (size_t width = 0; width <= 200; ++width) {
    for (const v1::Download& download : {small, resumed, queued}) {
      ASSERT_LE(
          DisplayWidth(ProgressLine(download, width, kNow, kAscii, columns)),
          width);
    }
  }
}

TEST(PercentTest, IsHundredOnlyForAll) {
  v1::Download download = Half();
  EXPECT_EQ(Percent(download), 50);
  download.set_received_bytes((256 << 20) - 1);
  EXPECT_EQ(Percent(download), 99);
  download.set_received_bytes(256 << 20);
  EXPECT_EQ(Percent(download), 100);
  download.set_received_bytes(-7);
  EXPECT_EQ(Percent(download), 0);
  download.set_total_bytes(-7);
  EXPECT_EQ(Percent(download), -1);
}

TEST(ProgressBarTest, DrawsEighthsOfAColumn) {
  v1::Download download;
  download.set_total_bytes(80);
  download.set_received_bytes(42);
  EXPECT_EQ(ProgressBar(download, 10, Charset::kUtf8), "█████▎░░░░");
  download.set_resumed_bytes(20);
  EXPECT_EQ(ProgressBar(download, 10, Charset::kUtf8), "▓▓███▎░░░░");
  EXPECT_EQ(ProgressBar(download, 10, Charset::kAscii), "++===>    ");
  download.set_received_bytes(80);
  EXPECT_EQ(ProgressBar(download, 10, Charset::kAscii), "++========");
}

TEST(ProgressBarTest, IsAlwaysAsWideAsAsked) {
  v1::Download download;
  for (const int64_t total : {int64_t{0}, int64_t{-1}, int64_t{100},
                              std::numeric_limits<int64_t>::max()}) {
    for (const int64_t received :
         {int64_t{0}, int64_t{-9}, int64_t{50}, int64_t{100}, int64_t{101},
          std::numeric_limits<int64_t>::max()}) {
      for (const int64_t resumed : {int64_t{0}, int64_t{-9}, int64_t{100},
                                    std::numeric_limits<int64_t>::max()}) {
        download.set_total_bytes(total);
        download.set_received_bytes(received);
        download.set_resumed_bytes(resumed);
        for (const size_t columns : {3u, 8u, 40u}) {
          EXPECT_EQ(
              DisplayWidth(ProgressBar(download, columns, Charset::kUtf8)),
              columns);
          EXPECT_EQ(
              DisplayWidth(ProgressBar(download, columns, Charset::kAscii)),
              columns);
        }
      }
    }
  }
}

TEST(PlainProgressLineTest, ShowsTheSameInWords) {
  v1::Download download = Half();
  EXPECT_EQ(PlainProgressLine(download, kNow, kAscii),
            "ubuntu-22.04-server.img: 50%, 128.0 MiB of 256.0 MiB, 64.0 MiB/s, "
            "ETA 2s");
  download.set_bytes_per_second(std::nan(""));
  EXPECT_THAT(PlainProgressLine(download, kNow, kAscii), HasSubstr("0 B/s"));
}

}  // namespace
}  // namespace localstore::client
