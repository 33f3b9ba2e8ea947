// TLS before a plain server on the loopback, for tests.
#pragma once

#include <list>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fetcher/openssl_ptr.h"
#include "fetcher/storage/unique_fd.h"
#include "fetcher/testing/pki.h"

namespace localstore::fetcher {

// Passes what comes over TLS on to `upstream_port` of 127.0.0.1, and back. One
// thread for each connection. Thread-safe.
class TlsFront {
 public:
  // A handshake that succeeded.
  struct Handshake {
    std::string server_name;  // SNI; "" without
    std::string client_name;  // common name of its certificate; "" without
    std::string protocol;     // agreed on by ALPN; "" without
  };

  // Prefers HTTP/2 when it is offered. With `client_ca`, asks for a client
  // certificate but does without one.
  TlsFront(const TestIdentity& identity, int upstream_port,
           const TestIdentity* client_ca = nullptr);
  ~TlsFront();
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  int port() const { return port_; }
  std::vector<Handshake> handshakes() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Accept();
  void Serve(int client);
  void Pass(SSL* ssl, int client, int upstream) const;

  const SslCtxPtr context_;
  const int upstream_port_;
  UniqueFd listener_;
  UniqueFd stop_read_;  // readable, for good, once the front stops
  UniqueFd stop_write_;
  int port_ = 0;

  mutable absl::Mutex mutex_;
  std::vector<Handshake> handshakes_ ABSL_GUARDED_BY(mutex_);
  std::list<std::thread> connections_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

}  // namespace localstore::fetcher
