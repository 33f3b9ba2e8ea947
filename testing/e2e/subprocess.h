// Running programs and waiting for them, for the end-to-end tests.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace localstore::testing {

struct CommandResult {
  int exit_code = 0;  // 128 + N when ended by signal N
  std::string stdout_text;
  std::string stderr_text;
};

// Runs argv[0] with the rest as its arguments, reads what it prints and waits
// for its end. `environment` ("NAME=value") is added to this process's own.
// DEADLINE_EXCEEDED, with the program killed, after `timeout`; INTERNAL when it
// cannot be started.
absl::StatusOr<CommandResult> RunCommand(
    const std::vector<std::string>& argv,
    const std::vector<std::string>& environment = {},
    absl::Duration timeout = absl::Seconds(60));

// Starts argv[0] with its output and errors appended to the file `log`; the
// caller waits for its end. INTERNAL when it cannot be started.
absl::StatusOr<pid_t> StartCommand(const std::vector<std::string>& argv,
                                   const std::vector<std::string>& environment,
                                   const std::string& log);

// The exit code as in CommandResult. DEADLINE_EXCEEDED after `timeout`, with
// the process still running.
absl::StatusOr<int> WaitForExit(pid_t pid, absl::Duration timeout);

// The value of an environment variable; empty where there is none. Not while
// another thread changes the environment.
std::string FromEnvironment(const char* name);

// The whole file; empty where there is none.
std::string ReadFile(const std::string& path);

}  // namespace localstore::testing
