// The file of a Unix socket: who may use it, and whose it is.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace localstore::server {

struct SocketAccess {
  mode_t mode = 0660;
  uid_t owner = static_cast<uid_t>(-1);  // -1: stays as it is
  gid_t group = static_cast<gid_t>(-1);
};

// Octal mode, names or numbers; "" leaves owner or group. Errors:
// INVALID_REQUEST with all violations at socket_mode, socket_owner,
// socket_group.
absl::StatusOr<SocketAccess> MakeSocketAccess(absl::string_view mode,
                                              absl::string_view owner,
                                              absl::string_view group);

// A listening Unix socket and its file. Not thread-safe.
class UnixSocket {
 public:
  // Listens at `path`, in a directory that is made where it is missing. What an
  // earlier server left there is replaced, unless somebody listens at it or it
  // is no socket. The mode never is wider than `access`, not even for a moment.
  //
  // Errors: INVALID_REQUEST at `listen` that names the path and what is in the
  // way.
  static absl::StatusOr<std::unique_ptr<UnixSocket>> Listen(
      const std::string& path, const SocketAccess& access);

  // A socket that listens already, whose file is somebody else's. Takes
  // `descriptor`, which is non-blocking.
  static std::unique_ptr<UnixSocket> Adopt(int descriptor);

  // Deletes the file, if it still is this socket's.
  ~UnixSocket();
  UnixSocket(const UnixSocket&) = delete;
  UnixSocket& operator=(const UnixSocket&) = delete;

  // Non-blocking, closed on exec.
  int descriptor() const { return descriptor_; }

 private:
  UnixSocket(std::string path, int descriptor);

  const std::string path_;
  const int descriptor_;
  dev_t device_ = 0;  // of the file
  ino_t inode_ = 0;
};

}  // namespace localstore::server
