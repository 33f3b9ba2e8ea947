#include "client/connection/channel.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Connection> Open(const std::vector<std::string>& words) {
  return OpenConnection(*ParseArguments(words), "10.0.0.1:9");
}

TEST(OpenConnectionTest, PrefersTheFlagToTheDefault) {
  EXPECT_EQ(Open({"status", "--server=unix:/x"})->server, "unix:/x");
  EXPECT_EQ(Open({"status"})->server, "10.0.0.1:9");
}

TEST(OpenConnectionTest, KnowsWhetherSecretsMayPass) {
  EXPECT_FALSE(Open({"status"})->is_private);
  EXPECT_TRUE(Open({"status", "--server=unix:/x"})->is_private);
  EXPECT_TRUE(Open({"status", "--tls"})->is_private);
}

TEST(OpenConnectionTest, RefusesWhatCannotWork) {
  EXPECT_THAT(std::string(Open({"status", "--server=x:y"}).status().message()),
              HasSubstr("x:y"));
  EXPECT_THAT(
      std::string(Open({"status", "--tls_ca=/no/such"}).status().message()),
      HasSubstr("--tls_ca: cannot read /no/such"));
  EXPECT_THAT(std::string(Open({"status", "--tls_key=/x"}).status().message()),
              HasSubstr("go together"));
}

TEST(OpenConnectionTest, AFileThatIsNoPemIsNamed) {
  EXPECT_THAT(
      std::string(Open({"status", "--tls_ca=/etc/passwd"}).status().message()),
      HasSubstr("/etc/passwd holds no \"BEGIN CERTIFICATE\""));
}

}  // namespace
}  // namespace localstore::client
