// Certificates and private keys from PEM (RFC 7468).
//
// Stricter than OpenSSL's own reader, which skips what it does not understand:
// here a block that is damaged, cut off or of another kind is an error that
// says which one. Text between the blocks is allowed.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fetcher/openssl_ptr.h"

namespace localstore::fetcher {

constexpr size_t kMaxPemBytes = 1 << 20;
constexpr size_t kMaxPemBlocks = 100;

// Errors of all three: INVALID_ARGUMENT without a reason; the message completes
// a sentence that begins with the field's name, as a FieldViolation does, and
// quotes nothing of the text.

// At least one, in the order given. Blocks CERTIFICATE and X509 CERTIFICATE; a
// key among them is an error.
absl::StatusOr<std::vector<X509Ptr>> ParseCertificates(absl::string_view pem);

// Exactly one: PRIVATE KEY (PKCS #8), RSA PRIVATE KEY or EC PRIVATE KEY, not
// encrypted. Copies made on the way are wiped.
absl::StatusOr<EvpPkeyPtr> ParsePrivateKey(absl::string_view pem);

// OK when `key` is the private half of the key in `certificate`.
absl::Status CheckKeyMatches(X509* certificate, EVP_PKEY* key);

}  // namespace localstore::fetcher
