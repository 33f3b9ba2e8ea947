// Certificates for tests.
#pragma once

#include <string>

namespace localstore::server {

// PEM.
struct TestCertificate {
  std::string certificate;
  std::string key;
};

// For `common_name`, with `subject_alt_names` as openssl.cnf writes them
// ("IP:127.0.0.1,DNS:x"; "" for none), signed by `issuer` or, without one, by
// itself, in which case it can sign others. Aborts where OpenSSL fails.
TestCertificate MakeTestCertificate(const std::string& common_name,
                                    const std::string& subject_alt_names,
                                    const TestCertificate* issuer = nullptr);

}  // namespace localstore::server
