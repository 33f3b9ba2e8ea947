#include "server/daemon/test_daemon.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "server/endpoints/fake_host_resolver.h"

namespace localstore::server {

TestDaemon::TestDaemon() {
  char name[] = "/tmp/localstore_XXXXXX";
  directory_ = mkdtemp(name);
}

TestDaemon::~TestDaemon() {
  daemon_.reset();
  std::filesystem::remove_all(directory_);
}

absl::StatusOr<v1::Config> TestDaemon::Config(const SettingTexts& texts,
                                              const v1::Config& file) const {
  SettingTexts all = {{"listen", unix_address() + ",127.0.0.1:0"},
                      {"download_dir", Path("images")},
                      {"state_dir", Path("state")},
                      {"log_level", "error"}};
  for (const auto& text : texts) all[text.first] = text.second;
  return LayerConfig(file, {}, all);
}

absl::Status TestDaemon::Start(const SettingTexts& texts,
                               const v1::Config& file) {
  const auto config = Config(texts, file);
  if (!config.ok()) return config.status();
  auto resolver = std::make_unique<FakeHostResolver>();
  resolver::BridgeState bridge;
  bridge.name = "bn1";
  bridge.up = true;
  resolver->SetBridges({bridge});
  auto daemon = Daemon::Start(*config, std::move(resolver));
  if (!daemon.ok()) return daemon.status();
  daemon_ = *std::move(daemon);
  return absl::OkStatus();
}

absl::Status TestDaemon::Reload(const SettingTexts& texts,
                                const v1::Config& file) {
  const auto config = Config(texts, file);
  if (!config.ok()) return config.status();
  daemon_->Reload(*config);
  return absl::OkStatus();
}

void TestDaemon::Write(const std::string& name, const std::string& text) const {
  std::ofstream(Path(name + ".new"), std::ios::trunc) << text;
  std::filesystem::rename(Path(name + ".new"), Path(name));
}

int TestDaemon::tcp_port() const {
  const std::string address = tcp_address();
  int port = 0;
  return absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port) ? port
                                                                         : 0;
}

std::shared_ptr<grpc::Channel> OwnChannel(
    const std::string& address,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

std::unique_ptr<grpc::ClientContext> PatientContext() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(60));
  return context;
}

}  // namespace localstore::server
