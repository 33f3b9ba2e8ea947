#include "testing/e2e/lab.h"

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "testing/e2e/subprocess.h"

namespace localstore::testing {
namespace {

[[noreturn]] void Die(const std::string& message) {
  std::cerr << message << std::endl;
  std::abort();
}

// Time, client, server, Host, request, status, bytes, Range.
constexpr int kLogFields = 8;

}  // namespace

Lab::Lab() : script_(FromEnvironment("LAB_SCRIPT")) {
  if (script_.empty()) Die("LAB_SCRIPT is not set: run this by bazel test");
}

std::string Lab::Run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv = {script_};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const absl::StatusOr<CommandResult> result = RunCommand(argv);
  if (!result.ok()) Die(result.status().ToString());
  if (result->exit_code != 0) {
    Die(absl::StrCat(absl::StrJoin(argv, " "), " ended with ",
                     result->exit_code, ":\n", result->stdout_text,
                     result->stderr_text));
  }
  return result->stdout_text;
}

std::vector<std::string> Lab::OnDevice(
    const std::vector<std::string>& argv) const {
  std::vector<std::string> command = {script_, "exec"};
  command.insert(command.end(), argv.begin(), argv.end());
  return command;
}

std::string Lab::MakeFile(const std::string& app, const std::string& path,
                          int64_t bytes) const {
  return std::string(absl::StripAsciiWhitespace(
      Run({"app", "file", app, path, absl::StrCat(bytes)})));
}

std::string Lab::FilePath(const std::string& app,
                          const std::string& path) const {
  const std::string root = Run({"app", "root", app});
  return absl::StrCat(absl::StripAsciiWhitespace(root), "/", path);
}

std::vector<Request> Lab::Requests(const std::string& app) const {
  const std::string log = Run({"app", "log", app});
  std::vector<Request> requests;
  for (absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    if (fields.size() != kLogFields) Die(absl::StrCat("access log: ", line));
    Request request{fields[1], fields[2], fields[3], fields[4],
                    0,         0,         fields[7]};
    if (!absl::SimpleAtoi(fields[5], &request.status) ||
        !absl::SimpleAtoi(fields[6], &request.body_bytes)) {
      Die(absl::StrCat("access log: ", line));
    }
    requests.push_back(request);
  }
  return requests;
}

}  // namespace localstore::testing
