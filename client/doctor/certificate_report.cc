#include "client/doctor/certificate_report.h"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>

#include "absl/strings/str_cat.h"

namespace localstore::client {
namespace {

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const {
    X509_STORE_CTX_free(context);
  }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

std::string NameText(const X509_NAME* name) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return "";
  }
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : "";
}

std::string AddressText(const ASN1_OCTET_STRING* octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int size = ASN1_STRING_length(octets);
  if (size != 4 && size != 16) return "?";
  inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(octets),
            text.data(), text.size());
  return text.data();
}

std::vector<std::string> AlternativeNames(X509* certificate) {
  std::vector<std::string> names;
  const Owned<GENERAL_NAMES> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) {
      const ASN1_STRING* text = name->d.dNSName;
      names.push_back(absl::StrCat(
          "DNS:",
          absl::string_view(
              reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
              static_cast<size_t>(ASN1_STRING_length(text)))));
    } else if (name->type == GEN_IPADD) {
      names.push_back(absl::StrCat("IP:", AddressText(name->d.iPAddress)));
    }
  }
  return names;
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

// Anything in the file may be the anchor, an intermediate or the leaf too.
Owned<X509_STORE> MakeStore(const std::string& ca_pem) {
  Owned<X509_STORE> store(X509_STORE_new());
  const Owned<BIO> bio(
      BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size())));
  while (bio && store) {
    const Owned<X509> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    X509_STORE_add_cert(store.get(), certificate.get());
  }
  ERR_clear_error();
  if (store) X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

std::string TrustProblem(X509* leaf, STACK_OF(X509) * chain,
                         const std::string& ca_pem) {
  const Owned<X509_STORE> store = MakeStore(ca_pem);
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!store || !context ||
      X509_STORE_CTX_init(context.get(), store.get(), leaf, chain) != 1) {
    return "it could not be checked";
  }
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  if (X509_verify_cert(context.get()) == 1) return "";
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

}  // namespace

CertificateReport InspectCertificate(X509* leaf, STACK_OF(X509) * chain,
                                     const std::string& address,
                                     const std::string& host,
                                     const std::string& ca_pem) {
  CertificateReport report;
  report.subject = NameText(X509_get_subject_name(leaf));
  report.issuer = NameText(X509_get_issuer_name(leaf));
  report.names = AlternativeNames(leaf);
  report.holds_address = X509_check_ip_asc(leaf, address.c_str(), 0) == 1;
  report.holds_host =
      X509_check_host(leaf, host.data(), host.size(),
                      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
  report.not_before = ToTime(X509_get0_notBefore(leaf));
  report.not_after = ToTime(X509_get0_notAfter(leaf));
  report.trust_checked = !ca_pem.empty();
  if (report.trust_checked) {
    report.trust_problem = TrustProblem(leaf, chain, ca_pem);
  }
  return report;
}

}  // namespace localstore::client
