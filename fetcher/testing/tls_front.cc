#include "fetcher/testing/tls_front.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "fetcher/certificate_text.h"

namespace localstore::fetcher {
namespace {

using SslPtr = OpensslPtr<SSL, SSL_free>;

void Require(bool held, const char* what) {
  if (held) return;
  std::perror(what);
  std::abort();
}

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// One that hangs ends the test, instead of hanging it.
void SetPatience(int socket) {
  const timeval patience = {30, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

bool SendAll(int socket, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(socket, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

int PreferHttp2(SSL* /*ssl*/, const unsigned char** chosen,
                unsigned char* chosen_size, const unsigned char* offered,
                unsigned int offered_size, void* /*unused*/) {
  static constexpr unsigned char kPreferred[] = "\x02h2\x08http/1.1";
  auto* const out = const_cast<unsigned char**>(chosen);
  return SSL_select_next_proto(out, chosen_size, kPreferred,
                               sizeof(kPreferred) - 1, offered,
                               offered_size) == OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

TlsFront::TlsFront(const TestIdentity& identity, int upstream_port,
                   const TestIdentity* client_ca)
    : context_(SSL_CTX_new(TLS_server_method())),
      upstream_port_(upstream_port),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  // OpenSSL writes without MSG_NOSIGNAL.
  (void)signal(SIGPIPE, SIG_IGN);
  Require(SSL_CTX_use_certificate(context_.get(), identity.certificate()) == 1,
          "certificate");
  Require(SSL_CTX_use_PrivateKey(context_.get(), identity.key()) == 1, "key");
  SSL_CTX_set_alpn_select_cb(context_.get(), PreferHttp2, nullptr);
  if (client_ca != nullptr) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()),
                        client_ca->certificate());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  }
  int stop[2];
  Require(pipe(stop) == 0, "pipe");
  stop_read_ = UniqueFd(stop[0]);
  stop_write_ = UniqueFd(stop[1]);
  sockaddr_in local = Loopback(0);
  auto* const generic = reinterpret_cast<sockaddr*>(&local);
  socklen_t size = sizeof(local);
  Require(bind(listener_.get(), generic, size) == 0, "bind");
  Require(listen(listener_.get(), SOMAXCONN) == 0, "listen");
  Require(getsockname(listener_.get(), generic, &size) == 0, "getsockname");
  port_ = ntohs(local.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TlsFront::~TlsFront() {
  // Closing it wakes all who wait.
  { const UniqueFd closed = std::move(stop_write_); }
  acceptor_.join();
  std::list<std::thread> connections;
  {
    absl::MutexLock lock(&mutex_);
    connections.swap(connections_);
  }
  for (std::thread& connection : connections) connection.join();
}

std::vector<TlsFront::Handshake> TlsFront::handshakes() const {
  absl::MutexLock lock(&mutex_);
  return handshakes_;
}

void TlsFront::Accept() {
  while (true) {
    pollfd fds[] = {{listener_.get(), POLLIN, 0},
                    {stop_read_.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) <= 0 || fds[1].revents != 0) return;
    const int client = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    absl::MutexLock lock(&mutex_);
    connections_.emplace_back([this, client] { Serve(client); });
  }
}

void TlsFront::Serve(int client) {
  const UniqueFd owner(client);
  SetPatience(client);
  const SslPtr ssl(SSL_new(context_.get()));
  SSL_set_fd(ssl.get(), client);
  if (SSL_accept(ssl.get()) != 1) return;
  Handshake handshake;
  const char* const name =
      SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
  if (name != nullptr) handshake.server_name = name;
  const X509Ptr certificate(SSL_get1_peer_certificate(ssl.get()));
  if (certificate != nullptr) {
    handshake.client_name = CommonName(certificate.get());
  }
  const unsigned char* protocol = nullptr;
  unsigned int protocol_size = 0;
  SSL_get0_alpn_selected(ssl.get(), &protocol, &protocol_size);
  handshake.protocol.assign(reinterpret_cast<const char*>(protocol),
                            protocol_size);
  {
    absl::MutexLock lock(&mutex_);
    handshakes_.push_back(handshake);
  }
  const UniqueFd upstream(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SetPatience(upstream.get());
  const sockaddr_in address = Loopback(upstream_port_);
  if (connect(upstream.get(), reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0) {
    Pass(ssl.get(), client, upstream.get());
  }
  SSL_shutdown(ssl.get());
}

void TlsFront::Pass(SSL* ssl, int client, int upstream) const {
  char buffer[16384];
  while (true) {
    pollfd fds[] = {{client, POLLIN, 0},
                    {upstream, POLLIN, 0},
                    {stop_read_.get(), POLLIN, 0}};
    const bool pending = SSL_pending(ssl) > 0;
    if (poll(fds, 3, pending ? 0 : -1) < 0 || fds[2].revents != 0) return;
    if (pending || fds[0].revents != 0) {
      const int size = SSL_read(ssl, buffer, sizeof(buffer));
      if (size <= 0 || !SendAll(upstream, buffer, static_cast<size_t>(size))) {
        return;
      }
    }
    if (fds[1].revents != 0) {
      const ssize_t size = recv(upstream, buffer, sizeof(buffer), 0);
      if (size <= 0 || SSL_write(ssl, buffer, static_cast<int>(size)) <= 0) {
        return;
      }
    }
  }
}

}  // namespace localstore::fetcher
