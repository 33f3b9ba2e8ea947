#include "server/access/caller.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace localstore::server {
namespace {

std::vector<std::string> CertificateNames(const Caller& caller) {
  std::vector<std::string> names;
  const auto add = [&names](const char* kind,
                            const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      names.push_back(absl::StrCat(kind, ":", value));
    }
  };
  add("dns", caller.dns_names);
  add("uri", caller.uris);
  add("email", caller.emails);
  add("ip", caller.ip_addresses);
  return names;
}

}  // namespace

std::string Describe(const Caller& caller) {
  if (caller.user.has_value()) {
    return absl::StrCat("uid=", caller.user->uid, " gid=", caller.user->gid,
                        " pid=", caller.user->pid);
  }
  const std::vector<std::string> names = CertificateNames(caller);
  if (!names.empty()) {
    return absl::StrCat("certificate ", absl::StrJoin(names, " "));
  }
  return absl::StrCat(
      caller.address.empty() ? "unknown" : caller.address.c_str(),
      " without a name in a certificate");
}

std::string ClientKey(const Caller& caller) {
  if (caller.user.has_value()) return absl::StrCat("uid:", caller.user->uid);
  std::vector<std::string> names = CertificateNames(caller);
  if (names.empty()) return absl::StrCat("address:", caller.address);
  std::sort(names.begin(), names.end());
  return absl::StrCat("certificate:", absl::StrJoin(names, "\n"));
}

}  // namespace localstore::server
