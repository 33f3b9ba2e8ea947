#include "fetcher/testing/pki.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace localstore::fetcher {
namespace {

void Require(bool done, const char* what) {
  if (done) return;
  (void)std::fprintf(stderr, "test PKI: %s failed\n", what);
  std::abort();
}

EVP_PKEY* NewKey(TestKey kind) {
  EVP_PKEY* key = kind == TestKey::kEc256
                      ? EVP_EC_gen("P-256")
                      : EVP_RSA_gen(kind == TestKey::kRsa2048 ? 2048 : 1024);
  Require(key != nullptr, "key generation");
  return key;
}

void AddExtension(X509* certificate, X509* issuer, int nid,
                  const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  Require(extension != nullptr, value.c_str());
  Require(X509_add_ext(certificate, extension, -1) == 1, "X509_add_ext");
  X509_EXTENSION_free(extension);
}

void SetName(X509* certificate, const std::string& common_name) {
  if (common_name.empty()) return;
  Require(X509_NAME_add_entry_by_txt(
              X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
              reinterpret_cast<const unsigned char*>(common_name.data()),
              static_cast<int>(common_name.size()), -1, 0) == 1,
          "subject");
}

void SetSerial(X509* certificate) {
  uint64_t serial = 0;
  Require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial),
                     sizeof(serial)) == 1,
          "RAND_bytes");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
}

std::string BasicConstraints(const TestCertificate& what) {
  if (!what.basic_constraints) return "";
  return absl::StrCat(
      "critical,CA:", what.ca ? "TRUE" : "FALSE",
      what.path_length < 0 ? "" : absl::StrCat(",pathlen:", what.path_length));
}

template <typename Write>
std::string ToPem(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Require(bio != nullptr && write(bio.get()) == 1, "PEM");
  char* data = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(length)};
}

}  // namespace

TestIdentity TestIdentity::Issue(const TestCertificate& what,
                                 const TestIdentity* issuer,
                                 const TestIdentity* same_key) {
  TestIdentity identity;
  identity.key_ = same_key != nullptr ? same_key->key_
                                      : std::shared_ptr<EVP_PKEY>(
                                            NewKey(what.key), EVP_PKEY_free);
  identity.certificate_ = std::shared_ptr<X509>(X509_new(), X509_free);
  X509* const certificate = identity.certificate_.get();
  X509* const signer =
      issuer != nullptr ? issuer->certificate_.get() : certificate;

  X509_set_version(certificate, X509_VERSION_3);
  SetSerial(certificate);
  SetName(certificate, what.common_name);
  time_t now = absl::ToTimeT(absl::Now());
  X509_time_adj_ex(X509_getm_notBefore(certificate), 0,
                   absl::ToInt64Seconds(what.begins), &now);
  X509_time_adj_ex(X509_getm_notAfter(certificate), 0,
                   absl::ToInt64Seconds(what.ends), &now);
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  X509_set_pubkey(certificate, identity.key_.get());

  AddExtension(certificate, signer, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) {
    AddExtension(certificate, signer, NID_authority_key_identifier, "keyid");
  }
  AddExtension(certificate, signer, NID_basic_constraints,
               BasicConstraints(what));
  AddExtension(certificate, signer, NID_subject_alt_name,
               absl::StrJoin(what.alt_names, ","));
  AddExtension(certificate, signer, NID_key_usage, what.key_usage);
  AddExtension(certificate, signer, NID_ext_key_usage, what.extended_key_usage);
  AddExtension(certificate, signer, NID_name_constraints,
               what.name_constraints);
  EVP_PKEY* const signing_key =
      issuer != nullptr ? issuer->key_.get() : identity.key_.get();
  Require(X509_sign(certificate, signing_key,
                    EVP_get_digestbyname(what.digest.c_str())) > 0,
          "X509_sign");
  return identity;
}

std::string TestIdentity::CertificatePem() const {
  return ToPem(
      [this](BIO* bio) { return PEM_write_bio_X509(bio, certificate()); });
}

std::string TestIdentity::KeyPem() const {
  return ToPem([this](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key(), nullptr, nullptr, 0, nullptr,
                                    nullptr);
  });
}

}  // namespace localstore::fetcher
