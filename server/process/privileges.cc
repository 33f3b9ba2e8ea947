#include "server/process/privileges.h"

#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

// RFC 6762, section 3.
constexpr int kMdnsPort = 5353;

bool HasCapability(int capability) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return false;
  return (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) !=
         0;
}

// Any failure but a refusal says nothing of privileges.
bool CanBindToDevice() {
  const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return true;
  constexpr char kLoopback[] = "lo";
  const bool refused = setsockopt(probe, SOL_SOCKET, SO_BINDTODEVICE, kLoopback,
                                  sizeof(kLoopback)) != 0 &&
                       errno == EPERM;
  close(probe);
  return !refused;
}

int FirstFreePort() {
  std::ifstream file("/proc/sys/net/ipv4/ip_unprivileged_port_start");
  int port = 0;
  return file >> port ? port : 1024;
}

}  // namespace

Privileges ReadPrivileges() {
  Privileges privileges;
  privileges.uid = geteuid();
  privileges.gid = getegid();
  privileges.net_raw = HasCapability(CAP_NET_RAW);
  privileges.net_bind_service = HasCapability(CAP_NET_BIND_SERVICE);
  privileges.can_bind_to_device = CanBindToDevice();
  privileges.first_free_port = FirstFreePort();
  return privileges;
}

std::vector<MissingCapability> FindMissing(const Privileges& privileges) {
  std::vector<MissingCapability> missing;
  if (!privileges.net_raw && !privileges.can_bind_to_device) {
    missing.push_back(
        {"CAP_NET_RAW",
         "keeping questions and downloads on their bridge (SO_BINDTODEVICE): "
         "neither resolving nor downloading works without it",
         "give it (AmbientCapabilities=CAP_NET_RAW), or use Linux 5.7 or "
         "later, which asks for none"});
  }
  if (!privileges.net_bind_service && privileges.first_free_port > kMdnsPort) {
    missing.push_back(
        {"CAP_NET_BIND_SERVICE",
         absl::StrCat("listening at port ", kMdnsPort,
                      ": responders that answer by multicast alone are not "
                      "heard without it"),
         absl::StrCat("give it (AmbientCapabilities=CAP_NET_BIND_SERVICE), or "
                      "set net.ipv4.ip_unprivileged_port_start to ",
                      kMdnsPort, " or less; it is ",
                      privileges.first_free_port)});
  }
  return missing;
}

void LogPrivileges() {
  const Privileges privileges = ReadPrivileges();
  const std::vector<MissingCapability> missing = FindMissing(privileges);
  for (const MissingCapability& capability : missing) {
    LogWarning("a capability is missing",
               {{"capability", capability.capability},
                {"needed_for", capability.needed_for},
                {"remedy", capability.remedy}});
  }
  LogInfo("running as",
          {{"uid", absl::StrCat(privileges.uid)},
           {"gid", absl::StrCat(privileges.gid)},
           {"missing_capabilities", missing.empty() ? "none" : ""}});
}

}  // namespace localstore::server
