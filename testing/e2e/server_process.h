// The real localstored, started on the device of the lab.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpcpp/channel.h"
#include "testing/e2e/lab.h"

namespace localstore::testing {

struct ServerOptions {
  std::vector<std::string> flags;        // after, and so over, the usual ones
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<std::string> run_by;       // what runs it: {"setpriv", ...}
  absl::optional<std::string> program = absl::nullopt;  // not $LOCALSTORED
};

// Not thread-safe.
class ServerProcess {
 public:
  // Starts the program with folders of its own below `directory` (made where
  // missing, kept for the next process) and waits until it has written which
  // ports it listens on. The error of a failed start holds what it logged.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(
      const Lab& lab, const std::string& directory,
      const ServerOptions& options = {});

  // Kills it if it still runs.
  ~ServerProcess();

  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // SIGTERM, then the exit code. DEADLINE_EXCEEDED when it does not end.
  absl::StatusOr<int> Stop(absl::Duration timeout = absl::Seconds(20));

  void SendSignal(int signal) const;
  absl::StatusOr<int> WaitForEnd(absl::Duration timeout);

  // "127.0.0.1:41234" and "unix:/run/...".
  const std::string& tcp_address() const { return tcp_address_; }
  const std::string& unix_address() const { return unix_address_; }

  std::shared_ptr<grpc::Channel> TcpChannel() const;
  std::shared_ptr<grpc::Channel> UnixChannel() const;

  const std::string& download_dir() const { return download_dir_; }
  pid_t pid() const { return pid_; }

  // All that it has logged.
  std::string Log() const;

  // Waits until it has logged that so many times, half a minute at most, after
  // which the test has failed; what it has logged.
  std::string LogWith(const std::string& text, int times = 1) const;

 private:
  ServerProcess() = default;
  absl::Status WaitUntilListening(const std::string& port_file);

  pid_t pid_ = -1;  // -1 once it has ended
  std::string log_;
  std::string download_dir_;
  std::string tcp_address_;
  std::string unix_address_;
};

}  // namespace localstore::testing
