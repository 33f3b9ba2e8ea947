#include "fetcher/tls_policy.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fetcher/openssl_ptr.h"
#include "fetcher/testing/pki.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

TestIdentity Issue(TestKey key = TestKey::kEc256) {
  TestCertificate what;
  what.common_name = "device";
  what.key = key;
  return TestIdentity::Issue(what);
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  const google::rpc::Status rpc_status = ToRpcStatus(status);
  for (const auto& detail : rpc_status.details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations()) {
      fields.push_back(violation.field());
    }
  }
  return fields;
}

std::vector<std::string> CiphersOf(SSL_CTX* context) {
  std::vector<std::string> names;
  const STACK_OF(SSL_CIPHER)* const ciphers = SSL_CTX_get_ciphers(context);
  names.reserve(static_cast<size_t>(sk_SSL_CIPHER_num(ciphers)));
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    names.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
  }
  return names;
}

TEST(TlsPolicyTest, PrefersAes128AmongTheCiphersOfOpenssl) {
  DatastoreAccess access;
  access.ca_certificates_pem = Issue().CertificatePem();
  const auto policy = TlsPolicy::Create(access, "", {});
  ASSERT_TRUE(policy.ok()) << policy.status();
  const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  const SslCtxPtr openssl(SSL_CTX_new(TLS_client_method()));
  ASSERT_TRUE((*policy)->ConfigureContext(context.get(), false));
  const std::vector<std::string> ciphers = CiphersOf(context.get());
  EXPECT_THAT(ciphers, UnorderedElementsAreArray(CiphersOf(openssl.get())));
  EXPECT_EQ(ciphers.front(), "TLS_AES_128_GCM_SHA256");
  const auto older = std::find_if(
      ciphers.begin(), ciphers.end(),
      [](const auto& name) { return !absl::StartsWith(name, "TLS_"); });
  EXPECT_EQ(*older, "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST(TlsPolicyTest, OffersNothingThatTheSystemForbids) {
  DatastoreAccess access;
  access.ca_certificates_pem = Issue().CertificatePem();
  const auto policy = TlsPolicy::Create(access, "", {});
  ASSERT_TRUE(policy.ok()) << policy.status();
  const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_256_GCM_SHA384");
  SSL_CTX_set_cipher_list(
      context.get(), "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256");
  ASSERT_TRUE((*policy)->ConfigureContext(context.get(), false));
  EXPECT_THAT(
      CiphersOf(context.get()),
      ElementsAre("TLS_AES_256_GCM_SHA384", "ECDHE-RSA-AES128-GCM-SHA256",
                  "ECDHE-RSA-AES256-GCM-SHA384"));
}

TEST(TlsPolicyTest, HoldsWhatWasGiven) {
  const TestIdentity anchor = Issue();
  const TestIdentity client = Issue();
  DatastoreAccess access;
  access.ca_certificates_pem =
      absl::StrCat(anchor.CertificatePem(), anchor.CertificatePem());
  access.tls_identity = TlsIdentity::kHostName;
  access.client_certificate_pem =
      absl::StrCat(client.CertificatePem(), anchor.CertificatePem());
  access.client_key_pem = client.KeyPem();
  const auto policy = TlsPolicy::Create(access, "datastores[0]", {});
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ((*policy)->identity(), TlsIdentity::kHostName);
  EXPECT_TRUE((*policy)->has_client_certificate());
  EXPECT_TRUE((*policy)->has_anchors());
  EXPECT_FALSE((*policy)->system_roots());
  EXPECT_TRUE((*policy)->IsPinned(anchor.certificate()));
  EXPECT_FALSE((*policy)->IsPinned(client.certificate()));

  const SslCtxPtr with(SSL_CTX_new(TLS_client_method()));
  ASSERT_TRUE((*policy)->ConfigureContext(with.get(), true));
  EXPECT_EQ(SSL_CTX_get_min_proto_version(with.get()), TLS1_2_VERSION);
  EXPECT_EQ(SSL_CTX_get_security_level(with.get()), 2);
  EXPECT_NE(SSL_CTX_get0_certificate(with.get()), nullptr);
  const SslCtxPtr without(SSL_CTX_new(TLS_client_method()));
  ASSERT_TRUE((*policy)->ConfigureContext(without.get(), false));
  EXPECT_EQ(SSL_CTX_get0_certificate(without.get()), nullptr);
}

TEST(TlsPolicyTest, ReportsEveryFieldThatIsWrong) {
  const TestIdentity anchor = Issue();
  const TestIdentity client = Issue();
  const TestIdentity weak = Issue(TestKey::kRsa1024);
  const std::string ca = anchor.CertificatePem();
  const std::string certificate = client.CertificatePem();
  const std::string key = client.KeyPem();
  const struct {
    const char* name;
    DatastoreAccess access;
    std::vector<std::string> fields;
    const char* why;
  } kCases[] = {
      {"no anchors", {}, {"d.ca_certificates_pem"}, "system's roots"},
      {"bad anchors",
       {absl::StrCat(ca, "-----BEGIN CERTIFICATE-----\n"), {}, {}, {}, {}},
       {"d.ca_certificates_pem"},
       "PEM block 2"},
      {"key in anchors",
       {absl::StrCat(ca, key), {}, {}, {}, {}},
       {"d.ca_certificates_pem"},
       "private key"},
      {"no key",
       {ca, {}, certificate, {}, {}},
       {"d.client_key_pem"},
       "is empty"},
      {"no certificate",
       {ca, {}, {}, key, {}},
       {"d.client_certificate_pem"},
       "is empty"},
      {"another key",
       {ca, {}, certificate, anchor.KeyPem(), {}},
       {"d.client_key_pem"},
       "is not the key"},
      {"swapped",
       {ca, {}, key, certificate, {}},
       {"d.client_certificate_pem", "d.client_key_pem"},
       ""},
      {"all wrong",
       {"x", {}, "y", "z", {}},
       {"d.ca_certificates_pem", "d.client_certificate_pem",
        "d.client_key_pem"},
       "holds no"},
      {"weak client key",
       {ca, {}, weak.CertificatePem(), weak.KeyPem(), {}},
       {"d.client_certificate_pem"},
       "key too small"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = TlsPolicy::Create(c.access, "d", {}).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST) << c.name;
    EXPECT_EQ(FieldsOf(status), c.fields) << c.name << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.why)) << c.name;
    EXPECT_THAT(status.ToString(), Not(HasSubstr(key.substr(40, 20))));
    EXPECT_EQ(ERR_peek_error(), 0u) << c.name;
  }
  EXPECT_EQ(FieldsOf(TlsPolicy::Create({}, "", {}).status()),
            std::vector<std::string>{"ca_certificates_pem"});
}

TEST(TlsPolicyTest, TakesTheSystemsRootsOnlyWhenAllowed) {
  const TestIdentity root = Issue();
  const std::string file = ::testing::TempDir() + "/roots.pem";
  std::ofstream(file) << root.CertificatePem();
  TlsPolicy::Options options;
  options.system_roots_file = file;
  EXPECT_FALSE(TlsPolicy::Create({}, "", options).ok());
  options.allow_system_roots = true;
  const auto policy = TlsPolicy::Create({}, "", options);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE((*policy)->system_roots());
  EXPECT_TRUE((*policy)->has_anchors());

  DatastoreAccess given;
  given.ca_certificates_pem = Issue().CertificatePem();
  const auto own = TlsPolicy::Create(given, "", options);
  ASSERT_TRUE(own.ok());
  EXPECT_FALSE((*own)->system_roots());

  options.system_roots_file = file + ".missing";
  EXPECT_EQ(ReasonOf(TlsPolicy::Create({}, "", options).status()),
            v1::ERROR_REASON_INTERNAL);
}

TEST(TlsPolicyTest, NeedsNoTrustForHttp) {
  TlsPolicy::Options options;
  options.require_trust = false;
  const auto policy = TlsPolicy::Create({}, "", options);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_FALSE((*policy)->has_anchors());
}

}  // namespace
}  // namespace localstore::fetcher
