// Any text as PEM: no crash, no leak, nothing left in OpenSSL's error queue,
// and no private key read as a certificate.
#include <openssl/err.h>
#include <openssl/x509.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fetcher/certificate_text.h"
#include "fetcher/pem.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// What a message says of a certificate is printable and bounded.
void CheckText(absl::string_view text) {
  Require(text.size() <= 2048);
  for (const char c : text) Require(absl::ascii_isprint(c));
}

void CheckTexts(X509* certificate) {
  namespace fetcher = localstore::fetcher;
  CheckText(fetcher::NameText(X509_get_subject_name(certificate)));
  CheckText(fetcher::NameText(X509_get_issuer_name(certificate)));
  CheckText(fetcher::CommonName(certificate));
  for (const std::string& name : fetcher::SubjectAltNames(certificate)) {
    CheckText(name);
  }
  CheckText(fetcher::TimeText(fetcher::NotBefore(certificate)));
  CheckText(fetcher::TimeText(fetcher::NotAfter(certificate)));
  ERR_clear_error();
}

void Parse(absl::string_view input) {
  using localstore::fetcher::ParseCertificates;
  using localstore::fetcher::ParsePrivateKey;
  const auto certificates = ParseCertificates(input);
  if (certificates.ok()) {
    Require(!certificates->empty());
    Require(certificates->size() <= localstore::fetcher::kMaxPemBlocks);
    Require(absl::StrContains(input, "-----BEGIN "));
    for (const auto& certificate : *certificates) {
      Require(certificate != nullptr);
      CheckTexts(certificate.get());
    }
  } else {
    Require(!certificates.status().message().empty());
  }
  Require(ERR_peek_error() == 0);

  const auto key = ParsePrivateKey(input);
  Require(!key.ok() || *key != nullptr);
  Require(!key.ok() || !certificates.ok());
  Require(ERR_peek_error() == 0);
}

// `der` in a block that is well formed, so that what stands within is reached.
std::string Wrap(absl::string_view label, absl::string_view der) {
  return absl::StrCat("-----BEGIN ", label, "-----\n", absl::Base64Escape(der),
                      "\n-----END ", label, "-----\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  Parse(input);
  Parse(Wrap("CERTIFICATE", input));
  Parse(Wrap("PRIVATE KEY", input));
  return 0;
}
