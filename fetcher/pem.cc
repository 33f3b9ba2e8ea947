#include "fetcher/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "fetcher/secret.h"

namespace localstore::fetcher {
namespace {

// One "-----BEGIN X-----" to "-----END X-----"; views into the text.
struct Block {
  absl::string_view label;  // X
  absl::string_view body;   // the lines between
  size_t number = 0;        // from 1
  size_t line = 0;          // of the BEGIN, from 1
};

absl::Status Wrong(const Block& block, absl::string_view what,
                   absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " ", block.number, " (line ", block.line, ") ", why));
}

absl::Status WrongBlock(const Block& block, absl::string_view why) {
  return Wrong(block, "PEM block", why);
}

// Splits a text into its blocks, and refuses whatever might be meant as one.
class BlockReader {
 public:
  explicit BlockReader(absl::string_view pem) : pem_(pem) {}

  absl::StatusOr<std::vector<Block>> Read() {
    if (pem_.size() > kMaxPemBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("is ", pem_.size(), " bytes long: at most ",
                       kMaxPemBytes, " are allowed"));
    }
    for (const absl::string_view raw : absl::StrSplit(pem_, '\n')) {
      ++line_;
      const absl::Status status = open_ ? TakeInside(raw) : TakeOutside(raw);
      if (!status.ok()) return status;
    }
    if (open_) return WrongBlock(blocks_.back(), "has no END line");
    return std::move(blocks_);
  }

 private:
  // The X of "-----BEGIN X-----"; "" for any other line.
  static absl::string_view LabelOf(absl::string_view line,
                                   absl::string_view prefix) {
    const bool bounded = absl::ConsumePrefix(&line, prefix) &&
                         absl::ConsumeSuffix(&line, "-----");
    return bounded && !absl::StrContains(line, '-') ? line : "";
  }

  static bool LooksLikeBoundary(absl::string_view line) {
    return absl::StartsWith(line, "-----") ||
           absl::StrContains(line, "-BEGIN ") ||
           absl::StrContains(line, "-END ");
  }

  size_t OffsetAfter(absl::string_view raw) const {
    return static_cast<size_t>(raw.data() + raw.size() - pem_.data());
  }

  absl::Status TakeOutside(absl::string_view raw) {
    const absl::string_view line = absl::StripAsciiWhitespace(raw);
    const absl::string_view label = LabelOf(line, "-----BEGIN ");
    if (!label.empty()) {
      if (blocks_.size() == kMaxPemBlocks) {
        return absl::InvalidArgumentError(
            absl::StrCat("has more than ", kMaxPemBlocks, " PEM blocks"));
      }
      blocks_.push_back(
          {label, pem_.substr(OffsetAfter(raw)), blocks_.size() + 1, line_});
      open_ = true;
      return absl::OkStatus();
    }
    if (!LooksLikeBoundary(line)) return absl::OkStatus();
    if (absl::StrContains(line, "\\n")) {
      return absl::InvalidArgumentError(
          "has the two characters \"\\n\" where its line breaks should be");
    }
    return absl::InvalidArgumentError(
        absl::StrCat("has a damaged BEGIN or END line, line ", line_,
                     "; each has a line of its own"));
  }

  absl::Status TakeInside(absl::string_view raw) {
    const absl::string_view line = absl::StripAsciiWhitespace(raw);
    if (!LooksLikeBoundary(line)) return absl::OkStatus();
    Block& block = blocks_.back();
    const absl::string_view label = LabelOf(line, "-----END ");
    if (label.empty()) return WrongBlock(block, "has no END line");
    if (label != block.label) {
      return WrongBlock(block, "ends with the END line of another kind");
    }
    const auto length = static_cast<size_t>(raw.data() - block.body.data());
    block.body = block.body.substr(0, length);
    open_ = false;
    return absl::OkStatus();
  }

  const absl::string_view pem_;
  std::vector<Block> blocks_;
  size_t line_ = 0;
  bool open_ = false;
};

bool IsBase64(absl::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  absl::string_view digits = text;
  absl::ConsumeSuffix(&digits, "=");
  absl::ConsumeSuffix(&digits, "=");
  return std::all_of(digits.begin(), digits.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '+' ||
           c == '/';
  });
}

// The bytes in a block's body; false when it is no base64. Reserves first:
// nothing is left behind by growth.
bool DecodeBody(absl::string_view body, Secret& der) {
  Secret base64;
  base64.text().reserve(body.size());
  for (const char c : body) {
    if (!absl::ascii_isspace(static_cast<unsigned char>(c))) {
      base64.text().push_back(c);
    }
  }
  const std::string& text = base64.text();
  if (!IsBase64(text)) return false;
  const size_t padding = absl::EndsWith(text, "==")  ? 2
                         : absl::EndsWith(text, "=") ? 1
                                                     : 0;
  der.text().resize(text.size() / 4 * 3);
  const int decoded =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(der.text().data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (decoded < 0 || static_cast<size_t>(decoded) < padding) return false;
  der.text().resize(static_cast<size_t>(decoded) - padding);
  return true;
}

// What OpenSSL gave as the first reason for its last failure.
std::string TakeOpensslReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = reason != nullptr ? reason : "unknown";
  ERR_clear_error();
  return text;
}

absl::StatusOr<X509Ptr> ReadCertificate(const Block& block) {
  constexpr absl::string_view kWhat = "certificate";
  if (absl::StrContains(block.label, "PRIVATE KEY")) {
    return WrongBlock(block, "is a private key: only certificates belong here");
  }
  if (block.label == "TRUSTED CERTIFICATE") {
    return WrongBlock(block,
                      "is an OpenSSL TRUSTED CERTIFICATE: convert it with "
                      "\"openssl x509\"");
  }
  if (block.label != "CERTIFICATE" && block.label != "X509 CERTIFICATE") {
    return WrongBlock(block, "is no CERTIFICATE");
  }
  Secret der;
  if (!DecodeBody(block.body, der)) {
    return Wrong(block, kWhat, "is not base64, or is cut off");
  }
  ERR_clear_error();
  const auto* at = reinterpret_cast<const unsigned char*>(der.text().data());
  const unsigned char* const end = at + der.text().size();
  X509Ptr certificate(
      d2i_X509(nullptr, &at, static_cast<int>(der.text().size())));
  if (certificate == nullptr) {
    return Wrong(
        block, kWhat,
        absl::StrCat("is no X.509 certificate (", TakeOpensslReason(), ")"));
  }
  if (at != end) {
    return Wrong(block, kWhat, "has more bytes after its end");
  }
  if (X509_get0_pubkey(certificate.get()) == nullptr) {
    return Wrong(block, kWhat,
                 absl::StrCat("has a public key that cannot be read (",
                              TakeOpensslReason(), ")"));
  }
  return certificate;
}

absl::Status CheckKeyBlock(const Block& block) {
  if (block.label == "ENCRYPTED PRIVATE KEY" ||
      absl::StrContains(block.body, "ENCRYPTED")) {
    return WrongBlock(block,
                      "is an encrypted private key: decrypt it first, with "
                      "\"openssl pkey\"; there is no one to ask for a "
                      "passphrase");
  }
  if (block.label == "OPENSSH PRIVATE KEY") {
    return WrongBlock(block,
                      "is an OpenSSH key: convert it with \"ssh-keygen -p -m "
                      "PKCS8\"");
  }
  if (block.label != "PRIVATE KEY" && block.label != "RSA PRIVATE KEY" &&
      block.label != "EC PRIVATE KEY") {
    return WrongBlock(block, "is no PRIVATE KEY");
  }
  return absl::OkStatus();
}

absl::StatusOr<EvpPkeyPtr> ReadKey(const Block& block) {
  Secret der;
  if (!DecodeBody(block.body, der)) {
    return Wrong(block, "key", "is not base64, or is cut off");
  }
  ERR_clear_error();
  const auto* at = reinterpret_cast<const unsigned char*>(der.text().data());
  EvpPkeyPtr key(
      d2i_AutoPrivateKey(nullptr, &at, static_cast<int>(der.text().size())));
  if (key == nullptr) {
    return Wrong(block, "key",
                 absl::StrCat("is no private key that can be read (",
                              TakeOpensslReason(), ")"));
  }
  return key;
}

}  // namespace

absl::StatusOr<std::vector<X509Ptr>> ParseCertificates(absl::string_view pem) {
  const absl::StatusOr<std::vector<Block>> blocks = BlockReader(pem).Read();
  if (!blocks.ok()) return blocks.status();
  if (blocks->empty()) {
    return absl::InvalidArgumentError(
        "holds no certificate: it should begin with \"-----BEGIN "
        "CERTIFICATE-----\"");
  }
  std::vector<X509Ptr> certificates;
  for (const Block& block : *blocks) {
    absl::StatusOr<X509Ptr> certificate = ReadCertificate(block);
    if (!certificate.ok()) return certificate.status();
    certificates.push_back(*std::move(certificate));
  }
  return certificates;
}

absl::StatusOr<EvpPkeyPtr> ParsePrivateKey(absl::string_view pem) {
  const absl::StatusOr<std::vector<Block>> blocks = BlockReader(pem).Read();
  if (!blocks.ok()) return blocks.status();
  EvpPkeyPtr found;
  for (const Block& block : *blocks) {
    // "openssl ecparam -genkey" writes these first; the key repeats them.
    if (block.label == "EC PARAMETERS") continue;
    const absl::Status usable = CheckKeyBlock(block);
    if (!usable.ok()) return usable;
    if (found != nullptr) return WrongBlock(block, "is a second key");
    absl::StatusOr<EvpPkeyPtr> key = ReadKey(block);
    if (!key.ok()) return key.status();
    found = *std::move(key);
  }
  if (found == nullptr) {
    return absl::InvalidArgumentError(
        "holds no private key: it should begin with \"-----BEGIN PRIVATE "
        "KEY-----\"");
  }
  return found;
}

absl::Status CheckKeyMatches(X509* certificate, EVP_PKEY* key) {
  const bool matches = X509_check_private_key(certificate, key) == 1;
  ERR_clear_error();
  if (matches) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "is not the key of the first certificate in client_certificate_pem");
}

}  // namespace localstore::fetcher
