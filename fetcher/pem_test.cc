#include "fetcher/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "fetcher/testing/pki.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

using ::testing::HasSubstr;

const TestIdentity& Ec() {
  static const auto& identity =
      *new TestIdentity(TestIdentity::Issue({"ec", {"IP:10.1.0.5"}}));
  return identity;
}

const TestIdentity& Rsa() {
  static const auto& identity = *new TestIdentity([] {
    TestCertificate what;
    what.common_name = "rsa";
    what.key = TestKey::kRsa2048;
    return TestIdentity::Issue(what);
  }());
  return identity;
}

// Each line of `pem` prefixed, or with another ending.
std::string Lines(const std::string& pem, absl::string_view before,
                  absl::string_view end) {
  return absl::StrCat(
      before, absl::StrReplaceAll(pem, {{"\n", absl::StrCat(end, before)}}));
}

std::string TraditionalKeyPem(const TestIdentity& identity,
                              const EVP_CIPHER* cipher = nullptr) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  char password[] = "s3cret";
  EXPECT_EQ(
      PEM_write_bio_PrivateKey_traditional(bio.get(), identity.key(), cipher,
                                           nullptr, 0, nullptr, password),
      1);
  char* data = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(length)};
}

std::string EncryptedKeyPem(const TestIdentity& identity) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  char password[] = "s3cret";
  EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), identity.key(),
                                          EVP_aes_256_cbc(), nullptr, 0,
                                          nullptr, password),
            1);
  char* data = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(length)};
}

std::string Relabel(const std::string& pem, const std::string& from,
                    const std::string& to) {
  return absl::StrReplaceAll(
      pem,
      {{absl::StrCat("BEGIN ", from, "-"), absl::StrCat("BEGIN ", to, "-")},
       {absl::StrCat("END ", from, "-"), absl::StrCat("END ", to, "-")}});
}

TEST(PemTest, ReadsCertificatesInOrder) {
  const std::string ec = Ec().CertificatePem();
  const std::string rsa = Rsa().CertificatePem();
  const std::vector<std::string> good = {
      absl::StrCat(ec, rsa),
      absl::StrCat("\n\n", ec, "\n\n", rsa, "\n"),
      absl::StrCat("# My CA: M\xc3\xbcller\n========\n", ec,
                   "Subject: CN=rsa\n", rsa, "the end"),
      Lines(absl::StrCat(ec, rsa), "", "\r\n"),
      Lines(absl::StrCat(ec, rsa), "    ", "\n"),
      Relabel(absl::StrCat(ec, rsa), "CERTIFICATE", "X509 CERTIFICATE"),
      absl::StrCat(ec, rsa.substr(0, rsa.size() - 1)),
  };
  for (const std::string& pem : good) {
    const auto certificates = ParseCertificates(pem);
    ASSERT_TRUE(certificates.ok()) << certificates.status() << "\n" << pem;
    ASSERT_EQ(certificates->size(), 2u);
    EXPECT_EQ(X509_cmp((*certificates)[0].get(), Ec().certificate()), 0);
    EXPECT_EQ(X509_cmp((*certificates)[1].get(), Rsa().certificate()), 0);
  }
}

TEST(PemTest, NamesTheCertificateThatIsWrong) {
  const std::string ec = Ec().CertificatePem();
  const std::string rsa = Rsa().CertificatePem();
  const size_t middle = rsa.size() / 2;
  std::string many;
  for (size_t i = 0; i <= kMaxPemBlocks; ++i) many += ec;
  const struct {
    std::string pem;
    const char* why;
  } kCases[] = {
      {"", "holds no certificate"},
      {"MIIB", "holds no certificate"},
      {"/etc/ssl/certs/ca.pem", "holds no certificate"},
      {std::string(kMaxPemBytes + 1, '\n'), "1048577 bytes long"},
      {many, "more than 100"},
      {absl::StrReplaceAll(ec, {{"\n", "\\n"}}), "\"\\n\""},
      {absl::StrReplaceAll(ec, {{"\n", " "}}), "damaged BEGIN or END line"},
      {absl::StrCat(ec, rsa.substr(0, middle)),
       "PEM block 2 (line 11) has no END line"},
      {absl::StrCat(rsa.substr(0, middle), "\n", ec),
       "PEM block 1 (line 1) has no END line"},
      {rsa.substr(middle), "damaged BEGIN or END line"},
      {rsa.substr(1), "damaged BEGIN or END line, line 1"},
      {absl::StrReplaceAll(ec,
                           {{"BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE"}}),
       "damaged BEGIN or END line, line 1"},
      {absl::StrReplaceAll(ec, {{"END CERTIFICATE", "END X"}}),
       "END line of another kind"},
      {absl::StrCat(ec, absl::StrReplaceAll(rsa, {{"a", "*"}})),
       "certificate 2 (line 11) is not base64"},
      {absl::StrCat(ec, rsa.substr(0, middle), rsa.substr(middle + 1)),
       "certificate 2 (line 11) is not base64, or is cut off"},
      {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
       "certificate 1 (line 1) is not base64"},
      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
       "is no X.509 certificate"},
      {absl::StrReplaceAll(ec, {{"-----END", "A\n-----END"}}),
       "certificate 1 (line 1) is not base64"},
      {"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
       "-----END CERTIFICATE-----\n",
       "is not base64"},
      {absl::StrCat(ec, Ec().KeyPem()),
       "PEM block 2 (line 11) is a private key"},
      {absl::StrCat(TraditionalKeyPem(Ec()), ec),
       "PEM block 1 (line 1) is a private key"},
      {Relabel(ec, "CERTIFICATE", "TRUSTED CERTIFICATE"), "openssl x509"},
      {Relabel(ec, "CERTIFICATE", "CERTIFICATE REQUEST"), "is no CERTIFICATE"},
      {Relabel(ec, "CERTIFICATE", "X509 CRL"), "is no CERTIFICATE"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = ParseCertificates(c.pem).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.why))
        << c.pem.substr(0, 1000);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(PemTest, RefusesBytesAfterACertificatesEnd) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(Ec().certificate(), &der);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(length));
  OPENSSL_free(der);
  bytes += "xyz";
  std::string base64(bytes.size() * 2, '\0');
  base64.resize(static_cast<size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()))));
  const absl::Status status =
      ParseCertificates(absl::StrCat("-----BEGIN CERTIFICATE-----\n", base64,
                                     "\n-----END CERTIFICATE-----\n"))
          .status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("more bytes"));
}

TEST(PemTest, ReadsKeysOfEveryKind) {
  const std::string parameters =
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
      "-----END EC PARAMETERS-----\n";
  const struct {
    std::string pem;
    const TestIdentity* identity;
  } kCases[] = {
      {Ec().KeyPem(), &Ec()},
      {Rsa().KeyPem(), &Rsa()},
      {TraditionalKeyPem(Ec()), &Ec()},
      {TraditionalKeyPem(Rsa()), &Rsa()},
      {absl::StrCat(parameters, TraditionalKeyPem(Ec())), &Ec()},
      {Lines(Rsa().KeyPem(), "  ", "\r\n"), &Rsa()},
  };
  for (const auto& c : kCases) {
    const auto key = ParsePrivateKey(c.pem);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_TRUE(CheckKeyMatches(c.identity->certificate(), key->get()).ok());
    const TestIdentity& other = c.identity == &Ec() ? Rsa() : Ec();
    EXPECT_THAT(
        std::string(CheckKeyMatches(other.certificate(), key->get()).message()),
        HasSubstr("not the key of the first certificate"));
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
  const TestIdentity twin = TestIdentity::Issue({"ec", {"IP:10.1.0.5"}});
  EXPECT_FALSE(CheckKeyMatches(twin.certificate(), Ec().key()).ok());
}

TEST(PemTest, RefusesKeysThatCannotBeUsed) {
  const std::string key = Ec().KeyPem();
  const struct {
    std::string pem;
    const char* why;
  } kCases[] = {
      {"", "holds no private key"},
      {"s3cret", "holds no private key"},
      {EncryptedKeyPem(Ec()), "encrypted"},
      {TraditionalKeyPem(Rsa(), EVP_aes_128_cbc()), "encrypted"},
      {absl::StrCat(key, key), "PEM block 2 (line 6) is a second key"},
      {Ec().CertificatePem(), "is no PRIVATE KEY"},
      {absl::StrCat(Ec().CertificatePem(), key), "is no PRIVATE KEY"},
      {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
       "is no PRIVATE KEY"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
       "-----END OPENSSH PRIVATE KEY-----\n",
       "ssh-keygen"},
      {"-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n",
       "key 1 (line 1) is not base64"},
      {"-----BEGIN PRIVATE KEY-----\ns3cretAA\n-----END PRIVATE KEY-----\n",
       "is no private key that can be read"},
      {"-----BEGIN PRIVATE KEY-----\ns3cret", "has no END line"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = ParsePrivateKey(c.pem).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.why));
    EXPECT_EQ(status.message().find("s3cret"), std::string::npos);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

}  // namespace
}  // namespace localstore::fetcher
