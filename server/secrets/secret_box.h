// Secrets at rest: AES-256-GCM (NIST SP 800-38D).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace localstore::server {

// Thread-safe.
class SecretBox {
 public:
  static constexpr size_t kKeyBytes = 32;
  using Key = std::array<uint8_t, kKeyBytes>;

  explicit SecretBox(const Key& key) : key_(key) {}
  ~SecretBox();  // overwrites the key
  SecretBox(const SecretBox&) = delete;
  SecretBox& operator=(const SecretBox&) = delete;

  // Random nonce, ciphertext, tag. `context` is not kept in it, and must be the
  // same to open it: a box cannot be moved to another place. Errors: INTERNAL.
  absl::StatusOr<std::string> Seal(absl::string_view secret,
                                   absl::string_view context) const;

  // Errors: INTERNAL when it was sealed with another key or context, or has
  // been changed.
  absl::StatusOr<std::string> Open(absl::string_view sealed,
                                   absl::string_view context) const;

 private:
  Key key_;
};

}  // namespace localstore::server
