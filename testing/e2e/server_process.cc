#include "testing/e2e/server_process.h"

#include <signal.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "server/logging/file_watch.h"
#include "testing/e2e/subprocess.h"

namespace localstore::testing {
namespace {

constexpr absl::Duration kStartTimeout = absl::Seconds(30);
constexpr absl::Duration kLogTimeout = absl::Seconds(30);

std::shared_ptr<grpc::Channel> Channel(const std::string& address) {
  // Without this a test would share its connection with the one before it.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    const Lab& lab, const std::string& directory,
    const ServerOptions& options) {
  const std::string program = options.program.has_value()
                                  ? *options.program
                                  : FromEnvironment("LOCALSTORED");
  if (program.empty()) {
    return absl::FailedPreconditionError("LOCALSTORED is not set");
  }
  auto server = absl::WrapUnique(new ServerProcess);
  server->download_dir_ = absl::StrCat(directory, "/images");
  server->log_ = absl::StrCat(directory, "/localstored.log");
  const std::string state_dir = absl::StrCat(directory, "/state");
  const std::string port_file = absl::StrCat(directory, "/ports");
  std::error_code error;
  for (const std::string& path : {server->download_dir_, state_dir}) {
    std::filesystem::create_directories(path, error);
    if (error) return absl::InternalError(absl::StrCat(path, error.message()));
  }
  std::filesystem::remove(port_file, error);

  // A socket's path may not be longer than 107 bytes, which Bazel's scratch
  // folders are; /run is the sandbox's own.
  std::vector<std::string> command = options.run_by;
  const std::vector<std::string> usual = {
      program,
      absl::StrCat("--listen=127.0.0.1:0,unix:/run/localstored-e2e.sock"),
      absl::StrCat("--port_file=", port_file),
      "--bridges=bn*",
      absl::StrCat("--download_dir=", server->download_dir_),
      absl::StrCat("--state_dir=", state_dir),
  };
  command.insert(command.end(), usual.begin(), usual.end());
  command.insert(command.end(), options.flags.begin(), options.flags.end());
  absl::StatusOr<pid_t> pid =
      StartCommand(lab.OnDevice(command), options.environment, server->log_);
  if (!pid.ok()) return pid.status();
  server->pid_ = *pid;
  const absl::Status listening = server->WaitUntilListening(port_file);
  if (!listening.ok()) return listening;
  return server;
}

absl::Status ServerProcess::WaitUntilListening(const std::string& port_file) {
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (tcp_address_.empty() || unix_address_.empty()) {
    const absl::StatusOr<int> ended = WaitForEnd(absl::Milliseconds(5));
    if (ended.ok() || absl::Now() > deadline) {
      return absl::InternalError(absl::StrCat(
          "localstored ",
          ended.ok() ? absl::StrCat("ended with ", *ended) : "does not listen",
          ":\n", Log()));
    }
    const std::string ports = ReadFile(port_file);
    for (const std::string& address :
         std::vector<std::string>(absl::StrSplit(ports, '\n'))) {
      if (absl::StartsWith(address, "unix:")) unix_address_ = address;
      if (absl::StartsWith(address, "127.0.0.1:")) tcp_address_ = address;
    }
  }
  return absl::OkStatus();
}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) return;
  SendSignal(SIGKILL);
  WaitForEnd(absl::Seconds(5)).IgnoreError();
}

absl::StatusOr<int> ServerProcess::Stop(absl::Duration timeout) {
  SendSignal(SIGTERM);
  return WaitForEnd(timeout);
}

void ServerProcess::SendSignal(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

absl::StatusOr<int> ServerProcess::WaitForEnd(absl::Duration timeout) {
  absl::StatusOr<int> exit_code = WaitForExit(pid_, timeout);
  if (exit_code.ok()) pid_ = -1;
  return exit_code;
}

std::shared_ptr<grpc::Channel> ServerProcess::TcpChannel() const {
  return Channel(tcp_address_);
}

std::shared_ptr<grpc::Channel> ServerProcess::UnixChannel() const {
  return Channel(unix_address_);
}

std::string ServerProcess::Log() const { return ReadFile(log_); }

std::string ServerProcess::LogWith(const std::string& text, int times) const {
  const bool there = server::FileWatch(log_).Await(
      [&](absl::string_view log) {
        int count = 0;
        for (size_t at = 0;
             (at = log.find(text, at)) != absl::string_view::npos; ++at) {
          ++count;
        }
        return count >= times;
      },
      kLogTimeout);
  EXPECT_TRUE(there) << "not logged " << times << " times: " << text;
  return Log();
}

}  // namespace localstore::testing
