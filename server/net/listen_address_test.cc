#include "server/net/listen_address.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;

struct Good {
  std::string text;
  std::string as_string;
  bool loopback;
};

class GoodAddressTest : public ::testing::TestWithParam<Good> {};

TEST_P(GoodAddressTest, IsTaken) {
  const auto address = ParseListenAddress(GetParam().text, "listen[0]");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->ToString(), GetParam().as_string);
  EXPECT_EQ(address->loopback, GetParam().loopback);
}

INSTANTIATE_TEST_SUITE_P(
    Addresses, GoodAddressTest,
    ::testing::Values(Good{"unix:/run/x.sock", "unix:/run/x.sock", false},
                      Good{"unix:///run/x.sock", "unix:/run/x.sock", false},
                      Good{"systemd:", "systemd:", false},
                      Good{"systemd:grpc.socket", "systemd:grpc.socket", false},
                      Good{"127.0.0.1:50051", "127.0.0.1:50051", true},
                      Good{"127.9.9.9:0", "127.9.9.9:0", true},
                      Good{"localhost:1", "127.0.0.1:1", true},
                      Good{"[::1]:1", "[::1]:1", true},
                      Good{"0.0.0.0:1", "0.0.0.0:1", false},
                      Good{"[::]:1", "[::]:1", false},
                      Good{"[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1",
                           false},
                      Good{"10.1.0.1:65535", "10.1.0.1:65535", false}));

class BadAddressTest : public ::testing::TestWithParam<std::string> {};

TEST_P(BadAddressTest, IsRefused) {
  const auto address = ParseListenAddress(GetParam(), "listen[0]");
  ASSERT_FALSE(address.ok());
  EXPECT_THAT(std::string(address.status().message()), HasSubstr("listen[0]"));
}

INSTANTIATE_TEST_SUITE_P(
    Addresses, BadAddressTest,
    ::testing::Values("", "unix:", "unix:relative", "unix:/dir/", "systemd:a b",
                      "systemd:a:b", "systemd", "50051", ":50051", "host:50051",
                      "::1:50051", "[127.0.0.1]:1", "1.2.3.4:65536",
                      "1.2.3.4:-1", "1.2.3.4:x", "[::1:1", "127.1:1",
                      "unix:/" + std::string(200, 'x')));

}  // namespace
}  // namespace localstore::server
