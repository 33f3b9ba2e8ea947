#include "resolver/query/local_name.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using ::testing::HasSubstr;

TEST(ParseLocalHostTest, TakesAnyCaseAndAFinalDot) {
  for (const char* host :
       {"store.local", "Store.LOCAL", "store.local.", "a.b.store.local",
        "ubuntu-4321-http-server.local", "caf\xC3\xA9.local", "my store.local",
        "1.2.3.4.local", "_x._tcp.local"}) {
    const HostName parsed = ParseLocalHost(host);
    EXPECT_TRUE(parsed.name.has_value()) << host << ": " << parsed.problem;
    EXPECT_EQ(parsed.problem, "");
  }
  EXPECT_EQ(ParseLocalHost("Store.LOCAL.").name->ToString(), "Store.LOCAL");
}

TEST(ParseLocalHostTest, NamesElsewhereAndAddressesAreNotLocal) {
  for (const char* host :
       {"example.com", "localhost", "store.locals", "store.local.com", "xlocal",
        "10.1.0.5", "10.1.0.5.", "fe80::5", "[fe80::5]", "fe80::5%bn1",
        "::ffff:10.1.0.5", "store.local:8080"}) {
    const HostName parsed = ParseLocalHost(host);
    EXPECT_FALSE(parsed.name.has_value()) << host;
    EXPECT_TRUE(parsed.elsewhere) << host << ": " << parsed.problem;
    EXPECT_NE(parsed.problem, "");
  }
}

TEST(ParseLocalHostTest, SaysWhatIsWrong) {
  const std::string label(64, 'a');
  std::string longest;
  for (int i = 0; i < 4; ++i) longest += std::string(62, 'a') + ".";
  const struct {
    std::string host;
    const char* problem;
  } cases[] = {
      {"", "empty"},
      {".", "empty label"},
      {".local", "empty label"},
      {"a..local", "empty label"},
      {"a.local..", "empty label"},
      {"local", "no host before .local"},
      {"LOCAL.", "no host before .local"},
      {label + ".local", "label of 64 bytes"},
      {longest + "local", "255"},
      {std::string(100000, 'a') + ".local", "100006 bytes"},
      {"a\xFF.local", "UTF-8"},
      {"a\xC0\x80.local", "UTF-8"},
      {"a\xED\xA0\x80.local", "UTF-8"},
      {std::string("a\0b.local", 9), "control"},
      {"a\n.local", "control"},
      {"a\x7F.local", "control"},
      {"a\\.b.local", "backslash"},
  };
  for (const auto& c : cases) {
    const HostName parsed = ParseLocalHost(c.host);
    EXPECT_FALSE(parsed.name.has_value()) << c.problem;
    EXPECT_FALSE(parsed.elsewhere) << c.problem;
    EXPECT_THAT(parsed.problem, HasSubstr(c.problem));
  }
}

TEST(ParseLocalHostTest, TheLongestLabelAndNameAreTaken) {
  EXPECT_TRUE(ParseLocalHost(std::string(63, 'a') + ".local").name.has_value());
  // 3 * 64 + 1 + 55 + 1 + 5 + 1 = 255 on the wire.
  std::string longest;
  for (int i = 0; i < 3; ++i) longest += std::string(63, 'a') + ".";
  EXPECT_TRUE(ParseLocalHost(longest + std::string(55, 'b') + ".local")
                  .name.has_value());
  EXPECT_FALSE(ParseLocalHost(longest + std::string(56, 'b') + ".local")
                   .name.has_value());
}

TEST(ParseServiceTypeTest, TakesTypesWithAndWithoutTheDomain) {
  for (const char* type : {"_http._tcp", "_HTTP._TCP", "_http._tcp.local",
                           "_http._tcp.local.", "_http._tcp."}) {
    const auto parsed = ParseServiceType(type);
    ASSERT_TRUE(parsed.ok()) << type;
    EXPECT_EQ(parsed->ToString(), "_http._tcp.local");
  }
  EXPECT_TRUE(ParseServiceType("_ipp._udp").ok());
  EXPECT_TRUE(ParseServiceType("_services._dns-sd._udp").ok());
}

TEST(ParseServiceTypeTest, RefusesAnythingElse) {
  for (const std::string type :
       {"", "http", "http._tcp", "_http", "_http._sctp", "_http._tcp.example",
        "_._tcp", "_a_b._tcp", "_sub._http._tcp", "._tcp", "_http._tcp.local.x",
        "_a\xFF._tcp"}) {
    EXPECT_FALSE(ParseServiceType(type).ok()) << type;
  }
  EXPECT_FALSE(ParseServiceType("_" + std::string(80, 'a') + "._tcp").ok());
}

TEST(TextTest, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(ToUtf8("caf\xC3\xA9 \xF0\x9F\x98\x80"),
            "caf\xC3\xA9 \xF0\x9F\x98\x80");
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(ToUtf8("a\xFF"), "a" + r);
  EXPECT_EQ(ToUtf8("\xC3"), r);
  EXPECT_EQ(ToUtf8("\xC3("), r + "(");
  EXPECT_EQ(ToUtf8("\xF4\x90\x80\x80"), r + r + r + r);
  EXPECT_EQ(ToUtf8("\xE0\x80\x80"), r + r + r);
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_FALSE(IsUtf8("\x80"));
}

TEST(TextTest, ShownIsShortAndPrintable) {
  EXPECT_EQ(Shown("a.local"), "a.local");
  EXPECT_EQ(Shown("a\nb"), "a?b");
  EXPECT_LE(Shown(std::string(100000, 'a')).size(), 100U);
  EXPECT_TRUE(IsUtf8(Shown("\xFF\xFE")));
  EXPECT_TRUE(IsUtf8(Shown(std::string(79, 'a') + "\xC3\xA9 and more")));
}

}  // namespace
}  // namespace localstore::resolver
