#include "fetcher/http/body_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "fetcher/storage/unique_fd.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

class BodySocketTest : public ::testing::Test {
 protected:
  BodySocketTest() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ours_ = UniqueFd(ends[0]);
    peer_ = UniqueFd(ends[1]);
  }
  void Send(absl::string_view bytes) {
    ASSERT_EQ(write(peer_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  UniqueFd ours_;
  UniqueFd peer_;
  std::string room_ = std::string(100, '\0');
};

TEST_F(BodySocketTest, ReadsWhatHasCome) {
  BodySocket body(ours_.get(), 10);
  BodySocket::Result result = body.Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.bytes, 0);
  EXPECT_EQ(result.code, CURLE_OK);
  Send("abc");
  result = body.Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.bytes, 3);
  EXPECT_EQ(room_.substr(0, 3), "abc");
  EXPECT_EQ(body.rest(), 7);
}

TEST_F(BodySocketTest, NothingBeyondTheRoomOrTheRest) {
  BodySocket body(ours_.get(), 5);
  Send("abcdefgh");
  EXPECT_EQ(body.Read(absl::MakeSpan(room_).first(2)).bytes, 2);
  EXPECT_EQ(room_[2], '\0');
  EXPECT_EQ(body.Read(absl::MakeSpan(room_)).bytes, 3);
  EXPECT_EQ(room_.substr(0, 3), "cde");
  EXPECT_EQ(room_[3], '\0');
  EXPECT_EQ(body.rest(), 0);
}

TEST_F(BodySocketTest, AnEndBeforeItsTime) {
  BodySocket body(ours_.get(), 5);
  Send("abc");
  peer_ = UniqueFd();
  EXPECT_EQ(body.Read(absl::MakeSpan(room_)).bytes, 3);
  const BodySocket::Result result = body.Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.bytes, 0);
  EXPECT_EQ(result.code, CURLE_PARTIAL_FILE);
  EXPECT_TRUE(absl::StrContains(result.cause, "2 bytes remaining"))
      << result.cause;
}

TEST_F(BodySocketTest, AReset) {
  BodySocket body(ours_.get(), 5);
  // What is not read when the peer closes makes that a reset.
  ASSERT_EQ(write(ours_.get(), "x", 1), 1);
  peer_ = UniqueFd();
  const BodySocket::Result result = body.Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.code, CURLE_RECV_ERROR);
  EXPECT_TRUE(absl::StrContains(result.cause, "reset")) << result.cause;
}

}  // namespace
}  // namespace localstore::fetcher
