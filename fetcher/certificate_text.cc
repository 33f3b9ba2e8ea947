#include "fetcher/certificate_text.h"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "fetcher/openssl_ptr.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kMaxTextBytes = 256;
constexpr size_t kMaxNames = 16;

std::string Shorten(absl::string_view text) {
  if (text.size() <= kMaxTextBytes) return std::string(text);
  return absl::StrCat(text.substr(0, kMaxTextBytes), "...");
}

absl::string_view BytesOf(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

std::string Display(const ASN1_STRING* string) {
  return Shorten(absl::CHexEscape(BytesOf(string).substr(0, kMaxTextBytes)));
}

// Within a list: in quotes if it could be taken for two of its entries.
std::string DisplayInList(const ASN1_STRING* string) {
  std::string text = Display(string);
  if (text.empty() || text.find_first_of(", \"\\") != std::string::npos) {
    return absl::StrCat("\"", text, "\"");
  }
  return text;
}

std::string AddressText(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int length = ASN1_STRING_length(bytes);
  if (length == 4 || length == 16) {
    inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes),
              text, sizeof(text));
    return text;
  }
  return absl::StrCat("of ", length, " bytes");
}

std::string GeneralNameText(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_IPADD:
      return absl::StrCat("IP ", AddressText(name->d.iPAddress));
    case GEN_DNS:
      return absl::StrCat("DNS ", DisplayInList(name->d.dNSName));
    case GEN_URI:
      return absl::StrCat("URI ",
                          DisplayInList(name->d.uniformResourceIdentifier));
    case GEN_EMAIL:
      return absl::StrCat("email ", DisplayInList(name->d.rfc822Name));
    default:
      return "a name of another kind";
  }
}

absl::Time TimeOf(const ASN1_TIME* time, absl::Time otherwise) {
  tm parts = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return otherwise;
  return absl::FromTM(parts, absl::UTCTimeZone());
}

}  // namespace

std::string NameText(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr ||
      X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return "(unreadable)";
  }
  char* data = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &data);
  if (length <= 0) return "(empty)";
  return Shorten(
      absl::CHexEscape(absl::string_view(data, static_cast<size_t>(length))
                           .substr(0, kMaxTextBytes + 1)));
}

std::string CommonName(X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  int last = -1;
  for (int at = -1;
       (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    last = at;
  }
  if (last < 0) return "";
  return Display(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
}

std::vector<std::string> SubjectAltNames(X509* certificate) {
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> texts;
  const auto count =
      names == nullptr ? size_t{0}
                       : static_cast<size_t>(sk_GENERAL_NAME_num(names.get()));
  for (size_t i = 0; i < count && i < kMaxNames; ++i) {
    texts.push_back(GeneralNameText(
        sk_GENERAL_NAME_value(names.get(), static_cast<int>(i))));
  }
  if (count > kMaxNames) {
    texts.push_back(absl::StrCat("and ", count - kMaxNames, " more"));
  }
  return texts;
}

absl::Time NotBefore(X509* certificate) {
  return TimeOf(X509_get0_notBefore(certificate), absl::InfinitePast());
}

absl::Time NotAfter(X509* certificate) {
  return TimeOf(X509_get0_notAfter(certificate), absl::InfiniteFuture());
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace localstore::fetcher
