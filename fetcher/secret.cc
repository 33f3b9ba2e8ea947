#include "fetcher/secret.h"

#include <openssl/crypto.h>

namespace localstore::fetcher {

void WipeSecret(std::string& secret) {
  // What was longer once may still stand behind the end.
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace localstore::fetcher
