#include "server/access/caller_pattern.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;

Caller User(uid_t uid, gid_t gid, std::vector<gid_t> groups = {}) {
  Caller caller;
  caller.user = PeerCredentials{42, uid, gid, std::move(groups)};
  return caller;
}

// A caller whose certificate has that name in the field of that kind.
Caller Named(const std::string& kind, const std::string& name) {
  Caller caller;
  if (kind == "dns") caller.dns_names = {"first.example", name};
  if (kind == "uri") caller.uris = {name};
  if (kind == "email") caller.emails = {name};
  if (kind == "ip") caller.ip_addresses = {name};
  return caller;
}

bool Matches(const std::string& pattern, const Caller& caller) {
  const auto parsed = CallerPattern::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() && parsed->Matches(caller);
}

TEST(CallerPatternTest, UsersAndGroupsOfUnixSockets) {
  EXPECT_TRUE(Matches("uid:1000", User(1000, 5)));
  EXPECT_FALSE(Matches("uid:1000", User(5, 1000)));
  EXPECT_TRUE(Matches("user:root", User(0, 5)));
  EXPECT_TRUE(Matches("gid:5", User(1000, 5)));
  EXPECT_TRUE(Matches("gid:7", User(1000, 5, {6, 7})));
  EXPECT_TRUE(Matches("group:root", User(1000, 5, {0})));
  EXPECT_FALSE(Matches("gid:8", User(1000, 5, {6, 7})));
  EXPECT_FALSE(Matches("uid:0", Caller()));
  EXPECT_FALSE(Matches("gid:0", Caller()));
  EXPECT_TRUE(Matches("*", Caller()));
}

struct Names {
  std::string pattern;
  std::string name;
  bool matches;
};

class NameTest : public ::testing::TestWithParam<Names> {};

TEST_P(NameTest, FitsOrNot) {
  const std::string kind =
      GetParam().pattern.substr(0, GetParam().pattern.find(':'));
  EXPECT_EQ(Matches(GetParam().pattern, Named(kind, GetParam().name)),
            GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Dns, NameTest,
    ::testing::Values(Names{"dns:agent.example", "agent.example", true},
                      Names{"dns:agent.example", "AGENT.Example", true},
                      Names{"dns:agent.example", "x.agent.example", false},
                      Names{"dns:agent.example", "agent.example.evil", false},
                      Names{"dns:agent.example",
                            std::string("agent.example\0.evil", 19), false},
                      Names{"dns:*.agents.example", "a.Agents.example", true},
                      Names{"dns:*.agents.example", "a.b.agents.example",
                            false},
                      Names{"dns:*.agents.example", "agents.example", false},
                      Names{"dns:*.agents.example", ".agents.example", false},
                      Names{"dns:*.agents.example", "*.agents.example", false},
                      Names{"dns:*.agents.example", "xagents.example", false}));

INSTANTIATE_TEST_SUITE_P(
    Uri, NameTest,
    ::testing::Values(
        Names{"uri:spiffe://edge/a", "spiffe://edge/a", true},
        Names{"uri:spiffe://edge/a", "spiffe://edge/A", false},
        Names{"uri:spiffe://edge/a", "spiffe://edge/ab", false},
        Names{"uri:spiffe://edge/a/*", "spiffe://edge/a/b/c", true},
        Names{"uri:spiffe://edge/a/*", "spiffe://edge/a/", false},
        Names{"uri:spiffe://edge/a/*", "spiffe://edge/a/../admin", false},
        Names{"uri:spiffe://edge/a/*", "spiffe://edge/a/..", false},
        Names{"uri:spiffe://edge/a/*", "spiffe://edge/a/%2E%2e/b", false},
        Names{"uri:spiffe://edge/*", "spiffe://edge.evil/a", false}));

INSTANTIATE_TEST_SUITE_P(
    Email, NameTest,
    ::testing::Values(Names{"email:a@ops.example", "a@OPS.example", true},
                      Names{"email:a@ops.example", "A@ops.example", false},
                      Names{"email:*@ops.example", "b@ops.example", true},
                      Names{"email:*@ops.example", "@ops.example", false},
                      Names{"email:*@ops.example", "b@x.ops.example", false},
                      Names{"email:*@ops.example", "ops.example", false}));

INSTANTIATE_TEST_SUITE_P(
    Ip, NameTest,
    ::testing::Values(Names{"ip:10.1.0.5", "10.1.0.5", true},
                      Names{"ip:10.1.0.5", "10.1.0.6", false},
                      Names{"ip:10.1.0.0/16", "10.1.200.7", true},
                      Names{"ip:10.1.0.0/16", "10.2.0.1", false},
                      Names{"ip:10.1.0.0/17", "10.1.128.1", false},
                      Names{"ip:fd00::/8", "fd12:3::4", true},
                      Names{"ip:fd00::/8", "10.1.0.5", false},
                      Names{"ip:0.0.0.0/0", "10.1.0.5", true},
                      Names{"ip:0.0.0.0/0", "nonsense", false}));

TEST(CallerPatternTest, ANameOfOneKindIsNoNameOfAnother) {
  EXPECT_FALSE(Matches("dns:agent.example", Named("email", "agent.example")));
  EXPECT_FALSE(Matches("uri:x://agent", Named("dns", "x://agent")));
  EXPECT_FALSE(Matches("ip:10.1.0.5", Named("dns", "10.1.0.5")));
}

class BadPatternTest : public ::testing::TestWithParam<std::string> {};

TEST_P(BadPatternTest, IsRefusedInWords) {
  const auto parsed = CallerPattern::Parse(GetParam());
  ASSERT_FALSE(parsed.ok());
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("\" "));
}

INSTANTIATE_TEST_SUITE_P(
    Patterns, BadPatternTest,
    ::testing::Values("", "root", "user:", "user:no such user", "uid:x",
                      "uid:-1", "uid:4294967295", "gid:", "group:no such group",
                      "dns:*", "dns:*.", "dns:a.*.b", "dns:*x.example",
                      "dns:.example", "dns:example.", "uri:agent", "uri:*",
                      "uri:spiffe://*", "uri:spiffe://edge*", "uri:a:b*c/*",
                      "email:*", "email:ops.example", "email:@ops.example",
                      "email:a*@ops.example", "email:a@*", "ip:*",
                      "ip:10.1.0.0/33", "ip:10.1.0.0/-1", "ip:10.1",
                      "ip:fd00::/129", "ip:/8", "cn:agent"));

}  // namespace
}  // namespace localstore::server
