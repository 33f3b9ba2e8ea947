// Certificates for tests, made on the spot: none is kept, none is secret.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "fetcher/openssl_ptr.h"

namespace localstore::fetcher {

enum class TestKey { kEc256, kRsa2048, kRsa1024 };

struct TestCertificate {
  std::string common_name;
  std::vector<std::string> alt_names;  // "IP:10.1.0.5", "DNS:x.local"
  bool ca = false;
  int path_length = -1;              // -1: none
  bool basic_constraints = true;     // false: the extension is left out
  std::string key_usage{};           // as in OpenSSL's configuration; "": none
  std::string extended_key_usage{};  // likewise
  std::string name_constraints{};    // likewise
  absl::Duration begins = -absl::Hours(1);  // from now
  absl::Duration ends = absl::Hours(24);    // from now
  std::string digest = "SHA256";
  TestKey key = TestKey::kEc256;
};

// A certificate and its key. Cheap to copy.
class TestIdentity {
 public:
  // Signed by `issuer`; by itself if that is null. With `same_key`, has its key
  // instead of a new one. Aborts when OpenSSL fails.
  static TestIdentity Issue(const TestCertificate& what,
                            const TestIdentity* issuer = nullptr,
                            const TestIdentity* same_key = nullptr);

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  std::string CertificatePem() const;
  std::string KeyPem() const;

 private:
  std::shared_ptr<X509> certificate_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace localstore::fetcher
