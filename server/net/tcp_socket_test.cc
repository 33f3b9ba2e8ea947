#include "server/net/tcp_socket.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<std::unique_ptr<TcpSocket>> ListenAt(const std::string& text) {
  return TcpSocket::Listen(*ParseListenAddress(text, "listen"));
}

TEST(TcpSocketTest, FindsAPort) {
  for (const char* address :
       {"127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"}) {
    const auto socket = ListenAt(address);
    ASSERT_TRUE(socket.ok()) << socket.status();
    EXPECT_GT((*socket)->address().port, 0);
  }
}

TEST(TcpSocketTest, SaysWhatIsInTheWay) {
  const auto first = ListenAt("127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string taken = (*first)->address().ToString();
  EXPECT_THAT(std::string(ListenAt(taken).status().message()),
              AllOf(HasSubstr(taken), HasSubstr("another process is there")));
  EXPECT_THAT(std::string(ListenAt("192.0.2.1:0").status().message()),
              HasSubstr("does not have the address"));
}

}  // namespace
}  // namespace localstore::server
