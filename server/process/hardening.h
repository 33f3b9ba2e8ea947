// What keeps the secrets of the process inside it.
#pragma once

#include <string>
#include <vector>

namespace localstore::server {

// Call first in main(), before other threads and before gRPC is used:
//  - no core dump, and nobody without CAP_SYS_PTRACE may read the memory of the
//    process or trace it (PR_SET_DUMPABLE, RLIMIT_CORE): it holds credentials
//    and keys;
//  - variables that would have libraries write what they see are taken out of
//    the environment: GRPC_TRACE (bytes of every message), SSLKEYLOGFILE (keys
//    of TLS sessions). The names of those that were there are returned.
std::vector<std::string> KeepSecretsInside();

// Allows as many open files as the hard limit does: each connection is one.
void RaiseOpenFiles();

}  // namespace localstore::server
