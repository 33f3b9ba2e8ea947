// A whole service with a resolver that is a fake, in a directory of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "grpcpp/grpcpp.h"
#include "localstore/v1/config.pb.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "server/config/layers.h"
#include "server/daemon/daemon.h"

namespace localstore::server {

class TestDaemon {
 public:
  TestDaemon();
  ~TestDaemon();
  TestDaemon(const TestDaemon&) = delete;
  TestDaemon& operator=(const TestDaemon&) = delete;

  // Starts with `texts` over a Unix socket, a free port of 127.0.0.1 and
  // directories of its own, and with what `file` says beside.
  absl::Status Start(const SettingTexts& texts = {},
                     const v1::Config& file = v1::Config());

  // As SIGHUP does.
  absl::Status Reload(const SettingTexts& texts, const v1::Config& file);

  Daemon& operator*() { return *daemon_; }
  std::string Path(const std::string& name) const {
    return directory_ + "/" + name;
  }
  void Write(const std::string& name, const std::string& text) const;

  std::string unix_address() const { return "unix:" + Path("x.sock"); }
  std::string tcp_address() const { return daemon_->addresses().back(); }
  int tcp_port() const;

 private:
  absl::StatusOr<v1::Config> Config(const SettingTexts& texts,
                                    const v1::Config& file) const;

  std::string directory_;
  std::unique_ptr<Daemon> daemon_;
};

// A channel that shares its connection with no other.
std::shared_ptr<grpc::Channel> OwnChannel(
    const std::string& address,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials =
        grpc::InsecureChannelCredentials());

// With a deadline that only guards against hanging.
std::unique_ptr<grpc::ClientContext> PatientContext();

}  // namespace localstore::server
