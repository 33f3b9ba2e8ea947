#include "server/net/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>

namespace localstore::server {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

void Check(bool ok) {
  if (!ok) std::abort();
}

std::string TextOf(BIO* bio) {
  char* text = nullptr;
  const auto length = BIO_get_mem_data(bio, &text);
  return std::string(text, static_cast<size_t>(length));
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  Check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TestCertificate MakeTestCertificate(const std::string& common_name,
                                    const std::string& subject_alt_names,
                                    const TestCertificate* issuer) {
  static int serial = 0;
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate made(X509_new(), &X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(
      subject, "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  if (!subject_alt_names.empty()) {
    AddExtension(made.get(), NID_subject_alt_name, subject_alt_names);
  }
  if (issuer == nullptr) {
    AddExtension(made.get(), NID_basic_constraints, "CA:TRUE");
    X509_set_issuer_name(made.get(), subject);
    Check(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
  } else {
    const auto open = [](const std::string& text) {
      return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                 &BIO_free);
    };
    const Certificate signer(PEM_read_bio_X509(open(issuer->certificate).get(),
                                               nullptr, nullptr, nullptr),
                             &X509_free);
    const Key signing(PEM_read_bio_PrivateKey(open(issuer->key).get(), nullptr,
                                              nullptr, nullptr),
                      &EVP_PKEY_free);
    Check(signer != nullptr && signing != nullptr);
    X509_set_issuer_name(made.get(), X509_get_subject_name(signer.get()));
    Check(X509_sign(made.get(), signing.get(), EVP_sha256()) > 0);
  }
  const Bio certificate_text(BIO_new(BIO_s_mem()), &BIO_free);
  const Bio key_text(BIO_new(BIO_s_mem()), &BIO_free);
  Check(PEM_write_bio_X509(certificate_text.get(), made.get()) == 1);
  Check(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0,
                                 nullptr, nullptr) == 1);
  return {TextOf(certificate_text.get()), TextOf(key_text.get())};
}

}  // namespace localstore::server
