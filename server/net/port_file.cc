#include "server/net/port_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

absl::Status Wrong(const std::string& path) {
  return MakeBadRequest(
      {{"port_file", absl::StrCat(path, " cannot be written: ",
                                  std::generic_category().message(errno))}});
}

}  // namespace

absl::Status WritePortFile(const std::string& path,
                           const std::vector<std::string>& addresses) {
  const std::string fresh = absl::StrCat(path, ".", getpid(), ".new");
  {
    std::ofstream file(fresh, std::ios::trunc);
    for (const std::string& address : addresses) file << address << "\n";
    file.flush();
    if (!file) return Wrong(path);
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    absl::Status wrong = Wrong(path);
    unlink(fresh.c_str());
    return wrong;
  }
  return absl::OkStatus();
}

}  // namespace localstore::server
