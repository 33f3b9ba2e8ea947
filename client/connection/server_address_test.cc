#include "client/connection/server_address.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

TEST(ParseServerAddressTest, TakesSocketsAndHosts) {
  EXPECT_EQ(ParseServerAddress("unix:/run/l.sock")->target, "unix:/run/l.sock");
  EXPECT_EQ(ParseServerAddress("unix:///run/l.sock")->target,
            "unix:/run/l.sock");
  EXPECT_EQ(ParseServerAddress("/run/l.sock")->target, "unix:/run/l.sock");
  EXPECT_EQ(ParseServerAddress("unix:l.sock")->target, "unix:l.sock");
  EXPECT_EQ(ParseServerAddress("device-7.example")->target,
            "device-7.example:50051");
  EXPECT_EQ(ParseServerAddress("127.0.0.1:1")->target, "127.0.0.1:1");
  EXPECT_EQ(ParseServerAddress("[::1]:65535")->target, "[::1]:65535");
  EXPECT_EQ(ParseServerAddress("[fe80::1%eth0]")->target,
            "[fe80::1%eth0]:50051");
}

TEST(ParseServerAddressTest, KnowsWhatStaysOnTheDevice) {
  for (const char* local :
       {"unix:/x", "localhost", "127.0.0.1:9", "127.1.2.3", "[::1]:9"}) {
    EXPECT_TRUE(ParseServerAddress(local)->is_local) << local;
  }
  for (const char* remote :
       {"10.0.0.1:9", "device", "127.example.com", "[fe80::1]:9"}) {
    EXPECT_FALSE(ParseServerAddress(remote)->is_local) << remote;
  }
}

TEST(ParseServerAddressTest, RefusesTheRest) {
  for (const char* text :
       {"", "unix:", ":50051", "host:", "host:0", "host:65536", "host:x", "::1",
        "[::1", "[]:1", "[x]:1", "a b", "host/path", "a:1:2"}) {
    EXPECT_FALSE(ParseServerAddress(text).ok()) << text;
  }
  EXPECT_THAT(std::string(ParseServerAddress("https://x:1").status().message()),
              HasSubstr("--tls"));
  EXPECT_FALSE(
      ParseServerAddress(absl::StrCat("unix:/", std::string(200, 'x'))).ok());
}

}  // namespace
}  // namespace localstore::client
