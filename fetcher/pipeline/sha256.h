// SHA-256 of bytes that come in pieces.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "openssl/evp.h"

namespace localstore::fetcher {

// Not thread-safe. OpenSSL's implementation; the process ends should it have
// none, for then nothing could be verified.
class Sha256Stream {
 public:
  Sha256Stream();

  void Reset();
  void Update(absl::string_view bytes);
  // Of all bytes since the last Reset, 64 lower-case hex digits. More may
  // follow.
  std::string HexDigest() const;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

std::string Sha256Hex(absl::string_view bytes);

// Whether `text` is 64 lower-case hex digits.
bool IsSha256Hex(absl::string_view text);

}  // namespace localstore::fetcher
