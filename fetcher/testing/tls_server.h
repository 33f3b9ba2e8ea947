// A real TLS server for tests: "openssl s_server" on a port of loopback.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace localstore::fetcher {

// Serves the files of a directory over HTTP/1.0 until destroyed.
class TlsTestServer {
 public:
  struct Options {
    std::string certificate_pem;
    std::string key_pem;
    std::string chain_pem;           // sent along; "": nothing
    std::string client_ca_pem;       // set: a client certificate is required
    std::vector<std::string> flags;  // more of s_server's
    std::string bind = "127.0.0.1";  // or "[::1]"
  };

  // `directory` is for its files and what it serves. Aborts when the server
  // does not come up.
  TlsTestServer(const Options& options, const std::string& directory);
  ~TlsTestServer();
  TlsTestServer(const TlsTestServer&) = delete;
  TlsTestServer& operator=(const TlsTestServer&) = delete;

  int port() const { return port_; }

 private:
  void ReadPort(int fd);

  pid_t pid_ = -1;
  int output_ = -1;  // held open: s_server writes there
  int port_ = 0;
};

}  // namespace localstore::fetcher
