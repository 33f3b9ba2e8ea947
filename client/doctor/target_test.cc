#include "client/doctor/target.h"

#include "gtest/gtest.h"

namespace localstore::client {
namespace {

TEST(ParseDoctorTargetTest, TakesHostsAndUrls) {
  EXPECT_EQ(ParseDoctorTarget("a.local")->host, "a.local");
  EXPECT_EQ(ParseDoctorTarget("a.local.")->host, "a.local");
  EXPECT_EQ(ParseDoctorTarget("a.local:8080")->port, 8080);
  const auto url = ParseDoctorTarget("HTTPS://A.local:8443/x/y?z");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host, "A.local");
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(ParseDoctorTarget("http://a.local")->port, 0);
}

TEST(ParseDoctorTargetTest, RefusesTheRest) {
  for (const char* text :
       {"", ".", "ftp://a.local/", "http://", "a.local:0", "a.local:65536",
        "a.local:x", "http://u@a.local/", "a b.local", ":80"}) {
    EXPECT_FALSE(ParseDoctorTarget(text).ok()) << text;
  }
}

}  // namespace
}  // namespace localstore::client
