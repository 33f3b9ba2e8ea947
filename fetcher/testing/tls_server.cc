#include "fetcher/testing/tls_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace localstore::fetcher {
namespace {

constexpr int kStartTimeoutMs = 20000;

[[noreturn]] void Die(const std::string& what) {
  (void)std::fprintf(stderr, "TLS test server: %s\n", what.c_str());
  std::abort();
}

std::string WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) Die(absl::StrCat("cannot write ", path));
  return path;
}

}  // namespace

TlsTestServer::TlsTestServer(const Options& options,
                             const std::string& directory) {
  std::vector<std::string> arguments = {
      "openssl", "s_server",
      "-WWW",    "-http_server_binmode",
      "-accept", absl::StrCat(options.bind, ":0"),
      "-cert",   WriteFile(directory + "/server.pem", options.certificate_pem),
      "-key",    WriteFile(directory + "/server.key", options.key_pem)};
  if (!options.chain_pem.empty()) {
    arguments.insert(arguments.end(),
                     {"-cert_chain",
                      WriteFile(directory + "/chain.pem", options.chain_pem)});
  }
  if (!options.client_ca_pem.empty()) {
    arguments.insert(
        arguments.end(),
        {"-Verify", "4", "-verify_return_error", "-verifyCAfile",
         WriteFile(directory + "/clients.pem", options.client_ca_pem)});
  }
  arguments.insert(arguments.end(), options.flags.begin(), options.flags.end());
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Die("no pipe");
  pid_ = fork();
  if (pid_ < 0) Die("no fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = open("/dev/null", O_RDWR);
    if (chdir(directory.c_str()) != 0 || dup2(null, 0) < 0 ||
        dup2(ends[1], 1) < 0 || dup2(null, 2) < 0) {
      _exit(126);
    }
    // Debian's configuration forbids what a bad server has to do.
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the only thread of its process.
    setenv("OPENSSL_CONF", "/dev/null", 1);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
  ReadPort(output_);
  if (port_ == 0) {
    Die(absl::StrCat("did not start: ", absl::StrJoin(arguments, " ")));
  }
}

// "ACCEPT 127.0.0.1:34567"
void TlsTestServer::ReadPort(int fd) {
  std::string seen;
  char byte = 0;
  for (;;) {
    pollfd readable = {fd, POLLIN, 0};
    if (poll(&readable, 1, kStartTimeoutMs) != 1 || read(fd, &byte, 1) != 1) {
      return;
    }
    seen.push_back(byte);
    const size_t accept = seen.find("ACCEPT ");
    if (byte == '\n' && accept != std::string::npos) {
      const size_t colon = seen.rfind(':');
      if (colon == std::string::npos ||
          !absl::SimpleAtoi(seen.substr(colon + 1), &port_)) {
        port_ = 0;
      }
      return;
    }
  }
}

TlsTestServer::~TlsTestServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(output_);
}

}  // namespace localstore::fetcher
