// What the process may do, and what it lacks.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace localstore::server {

struct Privileges {
  uid_t uid = 0;
  gid_t gid = 0;
  bool net_raw = false;            // CAP_NET_RAW is effective
  bool net_bind_service = false;   // CAP_NET_BIND_SERVICE
  bool can_bind_to_device = true;  // SO_BINDTODEVICE was tried and works
  int first_free_port = 1024;      // net.ipv4.ip_unprivileged_port_start
};

// Those of this process, in its network namespace.
Privileges ReadPrivileges();

struct MissingCapability {
  std::string capability;  // "CAP_NET_RAW"
  std::string needed_for;
  std::string remedy;
};

// Which capabilities would be needed here and are not there. Usually none: the
// server runs as any user with no capability at all since Linux 5.7.
std::vector<MissingCapability> FindMissing(const Privileges& privileges);

// Says at start who the server runs as and what it lacks.
void LogPrivileges();

}  // namespace localstore::server
