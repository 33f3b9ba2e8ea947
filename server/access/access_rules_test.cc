#include "server/access/access_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AccessRulesTest : public ::testing::Test {
 public:
  AccessRulesTest& Add(const std::vector<std::string>& callers,
                       const std::vector<std::string>& allow) {
    v1::AccessRule* rule = config_.add_access();
    *rule->mutable_callers() = {callers.begin(), callers.end()};
    *rule->mutable_allow() = {allow.begin(), allow.end()};
    return *this;
  }

 protected:
  bool Allow(const Caller& caller, RpcGroup group) const {
    const auto rules = AccessRules::Create(config_.access(), true);
    EXPECT_TRUE(rules.ok()) << rules.status();
    return rules.ok() && rules->Allow(caller, group);
  }

  std::string Complaint(bool verifies_certificates) const {
    return std::string(
        AccessRules::Create(config_.access(), verifies_certificates)
            .status()
            .message());
  }

  static Caller User(uid_t uid) {
    Caller caller;
    caller.user = PeerCredentials{42, uid, uid, {}};
    return caller;
  }

  v1::Config config_;
};

TEST_F(AccessRulesTest, WithoutARuleEveryoneMayDoEverything) {
  EXPECT_TRUE(Allow(User(1000), RpcGroup::kAdmin));
  EXPECT_TRUE(Allow(Caller(), RpcGroup::kDownload));
}

TEST_F(AccessRulesTest, WithARuleTheRestIsDenied) {
  Add({"uid:1000"}, {"read"});
  EXPECT_TRUE(Allow(User(1000), RpcGroup::kRead));
  EXPECT_FALSE(Allow(User(1000), RpcGroup::kDownload));
  EXPECT_FALSE(Allow(User(1000), RpcGroup::kAdmin));
  EXPECT_FALSE(Allow(User(0), RpcGroup::kRead));
  EXPECT_FALSE(Allow(Caller(), RpcGroup::kRead));
  EXPECT_TRUE(Allow(Caller(), RpcGroup::kOpen));
}

TEST_F(AccessRulesTest, AdminIsAllAndDownloadIsNotRead) {
  Add({"uid:1"}, {"admin"}).Add({"uid:2"}, {"download"});
  EXPECT_TRUE(Allow(User(1), RpcGroup::kRead));
  EXPECT_TRUE(Allow(User(1), RpcGroup::kDownload));
  EXPECT_TRUE(Allow(User(1), RpcGroup::kAdmin));
  EXPECT_FALSE(Allow(User(2), RpcGroup::kRead));
  EXPECT_TRUE(Allow(User(2), RpcGroup::kDownload));
}

TEST_F(AccessRulesTest, RulesAddUp) {
  Add({"*"}, {"read"}).Add({"uid:1", "uid:2"}, {"download"});
  EXPECT_TRUE(Allow(Caller(), RpcGroup::kRead));
  EXPECT_TRUE(Allow(User(2), RpcGroup::kRead));
  EXPECT_TRUE(Allow(User(2), RpcGroup::kDownload));
  EXPECT_FALSE(Allow(User(3), RpcGroup::kDownload));
}

TEST_F(AccessRulesTest, SaysAllThatIsWrong) {
  Add({}, {"read"}).Add({"uid:1", "nobody"}, {"write"}).Add({"uid:1"}, {});
  EXPECT_THAT(
      Complaint(true),
      AllOf(HasSubstr("access[0].callers: is empty"),
            HasSubstr("access[1].callers[1]: \"nobody\""),
            HasSubstr("access[1].allow[0]: \"write\" is not read, download"),
            HasSubstr("access[2].allow: is empty")));
}

TEST_F(AccessRulesTest, CertificateNamesNeedCertificates) {
  Add({"uid:1", "dns:agent.example"}, {"read"});
  EXPECT_THAT(Complaint(false), AllOf(HasSubstr("access[0].callers[1]"),
                                      HasSubstr("needs tls_client_ca"),
                                      Not(HasSubstr("callers[0]"))));
}

TEST(CallerTest, IsDescribedAndCountedByWhatIsProven) {
  Caller caller;
  caller.address = "10.1.0.5";
  EXPECT_THAT(Describe(caller), HasSubstr("10.1.0.5 without a name"));
  EXPECT_EQ(ClientKey(caller), "address:10.1.0.5");
  Caller twin = caller;
  caller.uris = {"spiffe://edge/a"};
  caller.dns_names = {"agent.example"};
  twin.uris = caller.uris;
  twin.dns_names = caller.dns_names;
  twin.address = "10.9.9.9";
  EXPECT_EQ(Describe(caller),
            "certificate dns:agent.example uri:spiffe://edge/a");
  EXPECT_EQ(ClientKey(caller), ClientKey(twin));
  caller.user = PeerCredentials{42, 1000, 5, {}};
  EXPECT_EQ(Describe(caller), "uid=1000 gid=5 pid=42");
  EXPECT_EQ(ClientKey(caller), "uid:1000");
}

}  // namespace
}  // namespace localstore::server
