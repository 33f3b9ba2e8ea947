#include "testing/e2e/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace localstore::testing {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(5);

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& s : strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Later entries win, as getenv finds the first.
std::vector<std::string> Environment(
    const std::vector<std::string>& additional) {
  std::vector<std::string> all = additional;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    all.emplace_back(*entry);
  }
  return all;
}

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& argv,
                            const std::vector<std::string>& environment,
                            int out, int err) {
  std::vector<std::string> arguments = argv;
  std::vector<std::string> variables = Environment(environment);
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> variable_pointers = Pointers(variables);
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execvpe(argument_pointers[0], argument_pointers.data(),
            variable_pointers.data());
    _exit(127);
  }
  return pid;
}

// Reads both ends until both are closed; false at the deadline.
bool ReadAll(int out, int err, absl::Time deadline, CommandResult& result) {
  std::array<pollfd, 2> fds = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  std::array<std::string*, 2> texts = {&result.stdout_text,
                                       &result.stderr_text};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    poll(fds.data(), fds.size(),
         static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents == 0) continue;
      std::array<char, 65536> buffer;
      const ssize_t n = read(fds[i].fd, buffer.data(), buffer.size());
      if (n > 0) texts[i]->append(buffer.data(), n);
      if (n == 0) fds[i].fd = -1;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<CommandResult> RunCommand(
    const std::vector<std::string>& argv,
    const std::vector<std::string>& environment, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  std::array<int, 2> out;
  std::array<int, 2> err;
  if (pipe2(out.data(), O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "pipe2");
  }
  const absl::Cleanup close_out = [&out] { close(out[0]); };
  if (pipe2(err.data(), O_CLOEXEC) != 0) {
    close(out[1]);
    return absl::ErrnoToStatus(errno, "pipe2");
  }
  const absl::Cleanup close_err = [&err] { close(err[0]); };
  const absl::StatusOr<pid_t> pid = Spawn(argv, environment, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  if (!pid.ok()) return pid.status();

  CommandResult result;
  const bool closed = ReadAll(out[0], err[0], deadline, result);
  absl::StatusOr<int> exit_code =
      WaitForExit(*pid, closed ? deadline - absl::Now() : absl::ZeroDuration());
  if (!exit_code.ok()) {
    kill(*pid, SIGKILL);
    exit_code = WaitForExit(*pid, absl::Seconds(5));
    return absl::DeadlineExceededError(
        absl::StrCat(absl::StrJoin(argv, " "), " did not end within ",
                     absl::FormatDuration(timeout), ":\n", result.stdout_text,
                     result.stderr_text));
  }
  result.exit_code = *exit_code;
  return result;
}

absl::StatusOr<pid_t> StartCommand(const std::vector<std::string>& argv,
                                   const std::vector<std::string>& environment,
                                   const std::string& log) {
  const int fd =
      open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return absl::ErrnoToStatus(errno, log);
  const absl::Cleanup close_log = [fd] { close(fd); };
  return Spawn(argv, environment, fd, fd);
}

absl::StatusOr<int> WaitForExit(pid_t pid, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended < 0) return absl::ErrnoToStatus(errno, "waitpid");
    if (ended == pid) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat("process ", pid, " has not ended"));
    }
    absl::SleepFor(kPollInterval);
  }
}

std::string FromEnvironment(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as the header says.
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

}  // namespace localstore::testing
