// Listening at sockets that somebody else opened.
#include "server/daemon/listeners.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "server/config/layers.h"
#include "server/timer/fake_timer.h"
#include "testing/environment.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Where systemd passes sockets. Kept from gRPC by what is opened before main().
constexpr int kFirst = 3;
constexpr int kPlaces = 2;

// False when one of them is something else.
bool KeepPlaces() noexcept {
  for (int i = 0; i < kPlaces; ++i) {
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor != kFirst + i) return false;
  }
  return true;
}

const bool kPlacesKept = KeepPlaces();

class ListenersTest : public ::testing::Test {
 protected:
  ListenersTest() {
    char name[] = "/tmp/localstore_XXXXXX";
    directory_ = mkdtemp(name);
    socket_path_ = directory_ + "/x.sock";
  }
  ~ListenersTest() override {
    listeners_.reset();
    for (int i = 0; i < kPlaces; ++i) close(kFirst + i);
    EXPECT_TRUE(KeepPlaces());
    unlink(socket_path_.c_str());
    rmdir(directory_.c_str());
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
      localstore::testing::UnsetVariable(name);
    }
  }

  void Pass(in_addr_t tcp_address) {
    ASSERT_TRUE(kPlacesKept);
    const int tcp = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(tcp_address);
    socklen_t size = sizeof(name);
    auto* address = reinterpret_cast<sockaddr*>(&name);
    ASSERT_EQ(bind(tcp, address, size), 0);
    ASSERT_EQ(listen(tcp, 8), 0);
    ASSERT_EQ(getsockname(tcp, address, &size), 0);
    tcp_address_ = absl::StrCat("127.0.0.1:", ntohs(name.sin_port));
    const int local = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    socket_path_.copy(path.sun_path, sizeof(path.sun_path) - 1);
    ASSERT_EQ(bind(local, reinterpret_cast<sockaddr*>(&path), sizeof(path)), 0);
    ASSERT_EQ(listen(local, 8), 0);
    dup2(tcp, kFirst);
    dup2(local, kFirst + 1);
    close(tcp);
    close(local);
    localstore::testing::SetVariable("LISTEN_PID", absl::StrCat(getpid()));
    localstore::testing::SetVariable("LISTEN_FDS", "2");
    localstore::testing::SetVariable("LISTEN_FDNAMES", "grpc:grpc");
  }

  absl::Status Start(const SettingTexts& settings) {
    const auto config = LayerConfig(v1::Config(), {}, settings);
    if (!config.ok()) return config.status();
    auto listeners =
        Listeners::Start(*config, &service_, &gate_, &peers_, &timer_);
    if (!listeners.ok()) return listeners.status();
    listeners_ = *std::move(listeners);
    return absl::OkStatus();
  }

  static grpc::Status Check(const std::string& address) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
    grpc::health::v1::HealthCheckResponse response;
    return grpc::health::v1::Health::NewStub(
               grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))
        ->Check(&context, {}, &response);
  }

  std::string directory_;
  std::string socket_path_;
  std::string tcp_address_;
  v1::LocalDatastoreService::CallbackService service_;
  PeerDirectory peers_;
  FakeTimer timer_;
  Gate gate_{&peers_};
  std::unique_ptr<Listeners> listeners_;
};

TEST_F(ListenersTest, ServesAtTheSocketsThatSystemdPasses) {
  ASSERT_NO_FATAL_FAILURE(Pass(INADDR_LOOPBACK));
  const absl::Status started = Start({{"listen", "systemd:grpc"}});
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_THAT(listeners_->addresses(),
              ElementsAre(tcp_address_, "unix:" + socket_path_));
  for (const std::string& address : listeners_->addresses()) {
    const grpc::Status status = Check(address);
    EXPECT_TRUE(status.ok()) << address << ": " << status.error_message();
  }
  listeners_.reset();
  // It is systemd's, and the next start's.
  EXPECT_EQ(access(socket_path_.c_str(), F_OK), 0);
}

TEST_F(ListenersTest, RefusesToServeOthersInClearAtTheirs) {
  ASSERT_NO_FATAL_FAILURE(Pass(INADDR_ANY));
  EXPECT_THAT(std::string(Start({{"listen", "systemd:grpc"}}).message()),
              HasSubstr("allow_insecure_listen"));
  const absl::Status allowed =
      Start({{"listen", "systemd:grpc"}, {"allow_insecure_listen", "true"}});
  ASSERT_TRUE(allowed.ok()) << allowed;
  EXPECT_TRUE(Check(tcp_address_).ok());
}

TEST_F(ListenersTest, SaysWhichSocketIsMissing) {
  ASSERT_NO_FATAL_FAILURE(Pass(INADDR_LOOPBACK));
  EXPECT_THAT(std::string(Start({{"listen", "systemd:other"}}).message()),
              HasSubstr("\"systemd:other\" was not passed; systemd passed "
                        "grpc"));
}

}  // namespace
}  // namespace localstore::server
