#include "resolver/net/test_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

constexpr char kInside[] = "LOCALSTORE_TEST_NAMESPACE";
// Knows how to have namespaces as root, as anybody, and in a chroot.
constexpr char kSandbox[] = "testing/lab/lab.sh";

std::string ErrorText() { return std::generic_category().message(errno); }

[[noreturn]] void Die(const char* what) {
  std::cerr << "cannot enter the test's namespace: " << what << ": "
            << ErrorText() << std::endl;
  _exit(1);
}

// Another program is run rather than unshare(2) called: that needs a process
// of a single thread, and sanitizers start threads before main().
void RunAgainInside(char** argv) {
  std::array<char, 4096> self{};
  if (readlink("/proc/self/exe", self.data(), self.size() - 1) < 0) {
    Die("/proc/self/exe");
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing else runs yet.
  setenv(kInside, "1", 1);
  const char* const prefix[] = {kSandbox, "sandbox", self.data()};
  std::vector<char*> command;
  for (const char* word : prefix) command.push_back(const_cast<char*>(word));
  for (char** arg = argv + 1; *arg != nullptr; ++arg) command.push_back(*arg);
  command.push_back(nullptr);
  execvp(command[0], command.data());
  Die(kSandbox);
}

std::pair<std::string, int> RunShell(const std::string& command) {
  std::string output;
  // NOLINTNEXTLINE(cert-env33-c): the commands are the tests' own.
  FILE* pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "re");
  if (pipe == nullptr) return {ErrorText(), -1};
  std::array<char, 4096> part;
  size_t size = 0;
  while ((size = fread(part.data(), 1, part.size(), pipe)) > 0) {
    output.append(part.data(), size);
  }
  return {output, pclose(pipe)};
}

}  // namespace

void EnterTestNamespace(char** argv) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing else runs yet.
  if (std::getenv(kInside) == nullptr) RunAgainInside(argv);
  // Bazel leaves out the administrator's folders.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nor yet here.
  setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  if (mkdir("/run/netns", 0755) != 0) Die("/run/netns");
}

void Shell(const std::string& command) {
  const auto [output, status] = RunShell(command);
  EXPECT_EQ(status, 0) << command << "\n" << output;
}

std::string OutputOf(const std::string& command) {
  return RunShell(command).first;
}

int OpenUdpSocketIn(const std::string& name, int family) {
  int fd = -1;
  // setns changes the calling thread alone; a socket stays where it was made.
  std::thread([&] {
    const int target =
        open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    if (target < 0) return;
    if (setns(target, CLONE_NEWNET) == 0) {
      fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    }
    close(target);
  }).join();
  EXPECT_GE(fd, 0) << name;
  return fd;
}

int CountOpenFds() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<int>(std::distance(begin(fds), end(fds)));
}

}  // namespace localstore::resolver
