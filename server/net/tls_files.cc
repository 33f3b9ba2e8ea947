#include "server/net/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

// Beyond every chain or bundle of roots there is.
constexpr size_t kMaxFileBytes = 4 << 20;

absl::Status Wrong(absl::string_view field, const std::string& path,
                   absl::string_view what) {
  return MakeBadRequest({{std::string(field), absl::StrCat(path, " ", what)}});
}

// With what OpenSSL has to say, which never quotes the file.
absl::Status WrongTls(absl::string_view field, const std::string& path,
                      absl::string_view what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_peek_last_error(), reason.data(), reason.size());
  ERR_clear_error();
  return Wrong(field, path, absl::StrCat(what, " (", reason.data(), ")"));
}

absl::Status CannotRead(absl::string_view field, const std::string& path) {
  const int error = errno;
  return Wrong(
      field, path,
      absl::StrCat("cannot be read: ", std::generic_category().message(error)));
}

absl::StatusOr<std::string> Read(absl::string_view field,
                                 const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return CannotRead(field, path);
  const absl::Cleanup close = [file] { (void)std::fclose(file); };
  std::string text;
  std::array<char, 4096> block;
  size_t count = 0;
  while ((count = std::fread(block.data(), 1, block.size(), file)) > 0) {
    text.append(block.data(), count);
    if (text.size() > kMaxFileBytes) return Wrong(field, path, "is too long");
  }
  if (std::ferror(file) != 0) return CannotRead(field, path);
  return text;
}

Bio OpenText(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
             &BIO_free);
}

int NoPassphrase(char*, int, int, void*) { return -1; }

Certificate NextCertificate(BIO* text) {
  return Certificate(PEM_read_bio_X509(text, nullptr, &NoPassphrase, nullptr),
                     &X509_free);
}

// Whether reading stopped because nothing more was there.
bool AtEnd() {
  const auto error = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(error) == ERR_LIB_PEM &&
                   ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (end) ERR_clear_error();
  return end;
}

// How many there are; -1 when one is broken.
int CountCertificates(const std::string& text) {
  const Bio bio = OpenText(text);
  int count = 0;
  while (NextCertificate(bio.get()) != nullptr) ++count;
  return AtEnd() ? count : -1;
}

void Describe(X509* certificate, TlsMaterial& material) {
  const Bio name(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(name.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(name.get(), &text);
  material.subject.assign(text, static_cast<size_t>(length));

  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned digest_size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &digest_size);
  material.fingerprint = absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest_size));

  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
  const absl::Time not_after = absl::FromTM(end, absl::UTCTimeZone());
  material.not_after =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", not_after, absl::UTCTimeZone());
  material.expired = not_after < absl::Now();
}

absl::Status CheckPair(const TlsFiles& files, TlsMaterial& material) {
  const Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  const Certificate certificate =
      NextCertificate(OpenText(material.certificate).get());
  if (context == nullptr || certificate == nullptr ||
      CountCertificates(material.certificate) < 1 ||
      SSL_CTX_use_certificate(context.get(), certificate.get()) != 1) {
    return WrongTls("tls_certificate", files.certificate,
                    "is no readable chain of certificates in PEM");
  }
  const Key key(PEM_read_bio_PrivateKey(OpenText(material.key).get(), nullptr,
                                        &NoPassphrase, nullptr),
                &EVP_PKEY_free);
  if (key == nullptr || SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    return WrongTls("tls_key", files.key,
                    "is no readable key in PEM, or not that of "
                    "tls_certificate");
  }
  Describe(certificate.get(), material);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TlsMaterial> ReadTlsFiles(const TlsFiles& files) {
  ERR_clear_error();
  auto certificate = Read("tls_certificate", files.certificate);
  if (!certificate.ok()) return certificate.status();
  auto key = Read("tls_key", files.key);
  if (!key.ok()) return key.status();
  TlsMaterial material;
  material.certificate = *std::move(certificate);
  material.key = *std::move(key);
  const absl::Status pair = CheckPair(files, material);
  if (!pair.ok()) return pair;
  if (files.client_ca.empty()) return material;
  auto client_ca = Read("tls_client_ca", files.client_ca);
  if (!client_ca.ok()) return client_ca.status();
  material.client_ca = *std::move(client_ca);
  if (CountCertificates(material.client_ca) < 1) {
    return WrongTls("tls_client_ca", files.client_ca,
                    "has no readable certificates in PEM");
  }
  return material;
}

}  // namespace localstore::server
