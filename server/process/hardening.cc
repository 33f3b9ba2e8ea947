#include "server/process/hardening.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

namespace localstore::server {

std::vector<std::string> KeepSecretsInside() {
  // The limit alone does not hold where core dumps go to a program (core(5)).
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  std::vector<std::string> removed;
  for (const char* name : {"GRPC_TRACE", "SSLKEYLOGFILE"}) {
    // NOLINTBEGIN(concurrency-mt-unsafe): there is no other thread yet.
    if (std::getenv(name) == nullptr) continue;
    unsetenv(name);
    // NOLINTEND(concurrency-mt-unsafe)
    removed.emplace_back(name);
  }
  return removed;
}

void RaiseOpenFiles() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace localstore::server
