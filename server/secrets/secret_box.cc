#include "server/secrets/secret_box.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kMaxSecretBytes = 1 << 24;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint8_t* Bytes(std::string& text) {
  return reinterpret_cast<uint8_t*>(text.data());
}

absl::Status Failed(absl::string_view what) {
  return MakeError(v1::ERROR_REASON_INTERNAL, what);
}

}  // namespace

SecretBox::~SecretBox() { OPENSSL_cleanse(key_.data(), key_.size()); }

absl::StatusOr<std::string> SecretBox::Seal(absl::string_view secret,
                                            absl::string_view context) const {
  if (secret.size() > kMaxSecretBytes) return Failed("a secret is too long");
  std::string sealed(kNonceBytes + secret.size() + kTagBytes, '\0');
  uint8_t* const nonce = Bytes(sealed);
  uint8_t* const body = nonce + kNonceBytes;
  uint8_t* const tag = body + secret.size();
  const Context cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  int length = 0;
  const bool done =
      cipher != nullptr && RAND_bytes(nonce, kNonceBytes) == 1 &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(),
                         nonce) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &length, Bytes(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), body, &length, Bytes(secret),
                        static_cast<int>(secret.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), body + length, &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) ==
          1;
  if (!done) return Failed("a secret cannot be encrypted");
  return sealed;
}

absl::StatusOr<std::string> SecretBox::Open(absl::string_view sealed,
                                            absl::string_view context) const {
  if (sealed.size() < kNonceBytes + kTagBytes ||
      sealed.size() > kMaxSecretBytes + kNonceBytes + kTagBytes) {
    return Failed("a stored secret is damaged");
  }
  const absl::string_view nonce = sealed.substr(0, kNonceBytes);
  const absl::string_view body =
      sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string secret(body.size(), '\0');
  const Context cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  int length = 0;
  const bool done =
      cipher != nullptr &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(),
                         Bytes(nonce)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &length, Bytes(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), Bytes(secret), &length, Bytes(body),
                        static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                          Bytes(tag)) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), Bytes(secret) + length, &length) == 1;
  if (!done) {
    OPENSSL_cleanse(secret.data(), secret.size());
    return Failed(
        "a stored secret cannot be decrypted: the key is another one, or the "
        "store was changed");
  }
  return secret;
}

}  // namespace localstore::server
