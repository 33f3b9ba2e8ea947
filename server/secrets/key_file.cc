#include "server/secrets/key_file.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

absl::Status Wrong(const std::string& path, absl::string_view why) {
  return MakeBadRequest(
      {{"credential_key_file", absl::StrCat(path, " ", why)}});
}

absl::Status WrongErrno(const std::string& path, absl::string_view what) {
  const int error = errno;
  return Wrong(path, absl::StrCat("cannot be ", what, ": ",
                                  std::generic_category().message(error)));
}

absl::StatusOr<SecretBox::Key> Read(const std::string& path, int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return WrongErrno(path, "looked at");
  if ((status.st_mode & 077) != 0) {
    return Wrong(path,
                 "is open to others than its owner; set its mode to 0600 "
                 "and, since others may know it, replace it");
  }
  SecretBox::Key key;
  if (status.st_size != static_cast<off_t>(key.size()) ||
      read(file, key.data(), key.size()) != static_cast<ssize_t>(key.size())) {
    return Wrong(path, absl::StrCat("is no key: it must have exactly ",
                                    key.size(), " bytes"));
  }
  return key;
}

absl::Status Make(const std::string& path) {
  SecretBox::Key key;
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) {
    return Wrong(path, "cannot be made: there are no random bytes");
  }
  const std::string fresh = absl::StrCat(path, ".", getpid(), ".new");
  const int file =
      open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return WrongErrno(path, "made");
  const absl::Cleanup remove = [&] { unlink(fresh.c_str()); };
  const bool written =
      write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
      fsync(file) == 0;
  const int error = errno;
  close(file);
  errno = error;
  if (!written) return WrongErrno(path, "written");
  // A link, unlike a rename, does not take the place of another server's key.
  if (link(fresh.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    return WrongErrno(path, "made");
  }
  const std::string parent = std::filesystem::path(path).parent_path();
  const int directory = open(parent.empty() ? "." : parent.c_str(),
                             O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return WrongErrno(path, "made durable");
  const absl::Cleanup close_directory = [directory] { close(directory); };
  if (fsync(directory) != 0) return WrongErrno(path, "made durable");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SecretBox::Key> LoadOrMakeKey(const std::string& path) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) {
    const absl::Status made = Make(path);
    if (!made.ok()) return made;
    file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (file < 0) return WrongErrno(path, "read");
  const absl::Cleanup close_file = [file] { close(file); };
  return Read(path, file);
}

}  // namespace localstore::server
