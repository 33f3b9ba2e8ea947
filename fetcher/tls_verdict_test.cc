// What cannot come over the wire; tls_pki_test has the rest.
#include "fetcher/tls_verdict.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fetcher/testing/pki.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

class TlsVerdictTest : public ::testing::Test {
 protected:
  static TestIdentity Issue() {
    TestCertificate what;
    what.common_name = "datastore";
    what.alt_names = {"IP:10.1.0.5", "DNS:store.local"};
    return TestIdentity::Issue(what);
  }

  std::shared_ptr<const TlsPolicy> Policy(TlsIdentity identity) const {
    DatastoreAccess access;
    access.ca_certificates_pem = leaf_.CertificatePem();
    access.tls_identity = identity;
    auto policy = TlsPolicy::Create(access, "", {});
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  }

  TlsVerdict Verify(TlsIdentity identity, const std::string& host,
                    const std::string& address,
                    absl::Duration later = absl::ZeroDuration()) const {
    return VerifyCertificate(*Policy(identity), {host, address, 443, "", true},
                             leaf_.certificate(), nullptr, absl::Now() + later);
  }

  const TestIdentity leaf_ = Issue();
};

TEST_F(TlsVerdictTest, AcceptsWhatIsRight) {
  const TlsVerdict by_address =
      Verify(TlsIdentity::kIpAddress, "x.local", "10.1.0.5");
  EXPECT_TRUE(by_address.accepted);
  EXPECT_TRUE(by_address.problems.empty());
  EXPECT_EQ(by_address.leaf_subject, "CN=datastore");
  EXPECT_TRUE(
      Verify(TlsIdentity::kHostName, "store.local", "10.9.9.9").accepted);
}

// OpenSSL takes a host that begins with a dot for a domain, and no host or
// address at all for "any".
TEST_F(TlsVerdictTest, AcceptsNoPeerThatIsNone) {
  for (const char* host : {"", ".local", ".store.local", "*.local"}) {
    EXPECT_FALSE(Verify(TlsIdentity::kHostName, host, "10.1.0.5").accepted)
        << host;
  }
  for (const std::string& address : std::vector<std::string>{
           std::string("10.1.0.5\0x", 10), "", "%lo", "store.local", "10.1.0",
           "10.1.0.5.", "010.1.0.5", "10.1.0.5/32", " 10.1.0.5"}) {
    EXPECT_FALSE(
        Verify(TlsIdentity::kIpAddress, "store.local", address).accepted)
        << address;
  }
}

TEST_F(TlsVerdictTest, GoesByTheTimeItIsGiven) {
  for (const absl::Duration later : {-absl::Hours(2), absl::Hours(25)}) {
    const TlsVerdict verdict =
        Verify(TlsIdentity::kIpAddress, "x.local", "10.1.0.5", later);
    EXPECT_FALSE(verdict.accepted);
    ASSERT_EQ(verdict.problems.size(), 1u);
    EXPECT_EQ(verdict.problems[0].kind, TlsVerdict::Kind::kExpired);
  }
}

TEST_F(TlsVerdictTest, RefusesNoCertificate) {
  const TlsVerdict verdict =
      VerifyCertificate(*Policy(TlsIdentity::kIpAddress),
                        {"store.local", "10.1.0.5", 443, "", true}, nullptr,
                        nullptr, absl::Now());
  EXPECT_FALSE(verdict.accepted);
  EXPECT_EQ(verdict.problems.size(), 1u);
}

}  // namespace
}  // namespace localstore::fetcher
