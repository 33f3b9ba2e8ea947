#include "server/net/unix_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "protos/errors/error.h"
#include "server/net/accounts.h"

namespace localstore::server {
namespace {

constexpr int kBacklog = 128;

// Another server has the lock for a moment only.
constexpr int kLockTries = 100;
constexpr int kLockRetryMilliseconds = 20;

absl::Status Wrong(absl::string_view path, absl::string_view why) {
  return MakeBadRequest({{"listen", absl::StrCat("unix:", path, " ", why)}});
}

absl::Status WrongErrno(absl::string_view path, absl::string_view what) {
  const int error = errno;
  return Wrong(path, absl::StrCat("cannot be ", what, ": ",
                                  std::generic_category().message(error)));
}

// -1, "leave it", is no number that somebody can have.
bool FindUser(const std::string& name, uid_t& id) {
  if (absl::SimpleAtoi(name, &id)) return id != static_cast<uid_t>(-1);
  const absl::optional<uid_t> found = UserId(name);
  id = found.value_or(static_cast<uid_t>(-1));
  return found.has_value();
}

bool FindGroup(const std::string& name, gid_t& id) {
  if (absl::SimpleAtoi(name, &id)) return id != static_cast<gid_t>(-1);
  const absl::optional<gid_t> found = GroupId(name);
  id = found.value_or(static_cast<gid_t>(-1));
  return found.has_value();
}

bool ParseMode(absl::string_view text, mode_t& mode) {
  mode = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '7') return false;
    mode = mode * 8 + static_cast<mode_t>(digit - '0');
    if (mode > 0777) return false;
  }
  return !text.empty();
}

sockaddr_un SocketName(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path.c_str(), sizeof(name.sun_path) - 1);
  return name;
}

const sockaddr* AsSockaddr(const sockaddr_un& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

// Whether nobody listens there; an error when that cannot be told.
absl::Status CheckNobodyListens(const std::string& path) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return WrongErrno(path, "probed");
  const absl::Cleanup close_probe = [probe] { close(probe); };
  const sockaddr_un name = SocketName(path);
  if (connect(probe, AsSockaddr(name), sizeof(name)) == 0) {
    return Wrong(path,
                 "is served by another process; stop it, or choose "
                 "another path");
  }
  if (errno != ECONNREFUSED) return WrongErrno(path, "probed");
  return absl::OkStatus();
}

absl::Status ClearTheWay(const std::string& path) {
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0) {
    return errno == ENOENT ? absl::OkStatus() : WrongErrno(path, "looked at");
  }
  if (!S_ISSOCK(there.st_mode)) {
    return Wrong(path,
                 "is there already and no socket; move it away, or "
                 "choose another path");
  }
  absl::Status nobody = CheckNobodyListens(path);
  if (!nobody.ok()) return nobody;
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return WrongErrno(path, "replaced");
  }
  return absl::OkStatus();
}

// Held while the way is cleared and the socket made, so that a server that
// starts at the same moment does not take the new socket for an old one.
class DirectoryLock {
 public:
  static absl::StatusOr<DirectoryLock> Take(const std::string& path,
                                            const std::string& directory) {
    const int descriptor =
        open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return WrongErrno(path, "made in its directory");
    DirectoryLock lock(descriptor);
    for (int i = 0; i < kLockTries; ++i) {
      if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
      if (errno != EWOULDBLOCK && errno != EINTR) break;
      poll(nullptr, 0, kLockRetryMilliseconds);
    }
    return WrongErrno(path, "made: its directory is locked");
  }
  DirectoryLock(DirectoryLock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~DirectoryLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

// Of the very file that `bind` has made, whatever stands at its path by now.
absl::Status GiveAccess(const std::string& path, const SocketAccess& access) {
  const int file = open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return WrongErrno(path, "looked at");
  const absl::Cleanup close_file = [file] { close(file); };
  struct stat made {};
  if (fstat(file, &made) != 0 || !S_ISSOCK(made.st_mode)) {
    return Wrong(path, "was replaced while it was made");
  }
  if (fchownat(file, "", access.owner, access.group, AT_EMPTY_PATH) != 0) {
    return WrongErrno(path,
                      "given to socket_owner and socket_group, which needs "
                      "CAP_CHOWN unless they are the server's own");
  }
  // fchmod(2) takes no O_PATH descriptor.
  const std::string itself = absl::StrCat("/proc/self/fd/", file);
  if (chmod(itself.c_str(), access.mode) != 0) {
    return WrongErrno(path, "given its mode");
  }
  return absl::OkStatus();
}

absl::Status BindAndOpen(int descriptor, const std::string& path,
                         const SocketAccess& access) {
  // Linux gives the file the mode that the socket has when it is bound.
  if (fchmod(descriptor, access.mode & 0700) != 0) {
    return WrongErrno(path, "given its mode");
  }
  const sockaddr_un name = SocketName(path);
  if (bind(descriptor, AsSockaddr(name), sizeof(name)) != 0) {
    return WrongErrno(path, "made");
  }
  absl::Cleanup remove_file = [&path] { unlink(path.c_str()); };
  if (listen(descriptor, kBacklog) != 0) return WrongErrno(path, "listened at");
  absl::Status accessible = GiveAccess(path, access);
  if (!accessible.ok()) return accessible;
  std::move(remove_file).Cancel();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SocketAccess> MakeSocketAccess(absl::string_view mode,
                                              absl::string_view owner,
                                              absl::string_view group) {
  SocketAccess access;
  std::vector<FieldViolation> violations;
  if (!ParseMode(mode, access.mode)) {
    violations.push_back(
        {"socket_mode", "is no octal access mode such as \"0660\""});
  }
  if (!owner.empty() && !FindUser(std::string(owner), access.owner)) {
    violations.push_back({"socket_owner", "is neither a user nor a number"});
  }
  if (!group.empty() && !FindGroup(std::string(group), access.group)) {
    violations.push_back({"socket_group", "is neither a group nor a number"});
  }
  if (!violations.empty()) return MakeBadRequest(violations);
  return access;
}

absl::StatusOr<std::unique_ptr<UnixSocket>> UnixSocket::Listen(
    const std::string& path, const SocketAccess& access) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(),
                                      error);
  if (error) {
    return Wrong(path, absl::StrCat("has no directory, and it cannot be made: ",
                                    error.message()));
  }
  const auto lock = DirectoryLock::Take(
      path, std::filesystem::path(path).parent_path().string());
  if (!lock.ok()) return lock.status();
  const absl::Status clear = ClearTheWay(path);
  if (!clear.ok()) return clear;
  const int descriptor =
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return WrongErrno(path, "made");
  const absl::Status bound = BindAndOpen(descriptor, path, access);
  if (!bound.ok()) {
    close(descriptor);
    return bound;
  }
  return std::unique_ptr<UnixSocket>(new UnixSocket(path, descriptor));
}

std::unique_ptr<UnixSocket> UnixSocket::Adopt(int descriptor) {
  return std::unique_ptr<UnixSocket>(new UnixSocket("", descriptor));
}

UnixSocket::UnixSocket(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {
  struct stat file {};
  if (lstat(path_.c_str(), &file) != 0) return;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

UnixSocket::~UnixSocket() {
  struct stat file {};
  if (lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ &&
      file.st_ino == inode_) {
    unlink(path_.c_str());
  }
  close(descriptor_);
}

}  // namespace localstore::server
