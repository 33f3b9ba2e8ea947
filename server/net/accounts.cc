#include "server/net/accounts.h"

#include <grp.h>
#include <pwd.h>

#include <vector>

namespace localstore::server {
namespace {

constexpr size_t kEntryBytes = 16384;

}  // namespace

absl::optional<uid_t> UserId(const std::string& name) {
  passwd entry;
  passwd* found = nullptr;
  std::vector<char> buffer(kEntryBytes);
  if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) !=
          0 ||
      found == nullptr) {
    return absl::nullopt;
  }
  return found->pw_uid;
}

absl::optional<gid_t> GroupId(const std::string& name) {
  group entry;
  group* found = nullptr;
  std::vector<char> buffer(kEntryBytes);
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) !=
          0 ||
      found == nullptr) {
    return absl::nullopt;
  }
  return found->gr_gid;
}

}  // namespace localstore::server
