// The certificates that the server shows its callers, kept up to date.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/security/server_credentials.h"
#include "server/net/tls_files.h"

namespace localstore::server {

// Thread-safe.
class ServerCertificates {
 public:
  // Errors: those of ReadTlsFiles.
  static absl::StatusOr<std::unique_ptr<ServerCertificates>> Load(
      const TlsFiles& files);

  ~ServerCertificates();
  ServerCertificates(const ServerCertificates&) = delete;
  ServerCertificates& operator=(const ServerCertificates&) = delete;

  // TLS 1.2 or later. A connection sees what is current when it is made, and
  // keeps it. With client_ca a caller must show a certificate that leads to one
  // of it. For one address of a server; `this` must outlive that server.
  std::shared_ptr<grpc::ServerCredentials> MakeCredentials()
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Reads the files again if one of them is another or has been written to,
  // which also is true of what a symbolic link leads to. While they do not go
  // together those before stay current; both is logged.
  void Refresh() ABSL_LOCKS_EXCLUDED(mutex_);

  // The same, whether or not they look changed.
  void Reload() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Credentials;

  // What a file is and when it was written; all 0 when it is not there.
  using FileState = std::array<int64_t, 5>;
  using FileStates = std::array<FileState, 3>;

  ServerCertificates(TlsFiles files, FileStates states, TlsMaterial material);

  static FileState StateOf(const std::string& path);
  static FileStates StatesOf(const TlsFiles& files);
  void Read(const FileStates& states) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const TlsFiles files_;
  absl::Mutex mutex_;
  FileStates states_ ABSL_GUARDED_BY(mutex_);    // when they were last read
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;  // to read them, then
  TlsMaterial current_ ABSL_GUARDED_BY(mutex_);
  int64_t version_ ABSL_GUARDED_BY(mutex_) = 1;
  // A server asks them as long as it lives, but does not hold them.
  std::vector<std::shared_ptr<grpc::ServerCredentials>> made_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
