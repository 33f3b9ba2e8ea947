#include "server/net/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "server/logging/captured_log.h"
#include "server/net/tcp_socket.h"

namespace localstore::server {
namespace {

// Keeps what was accepted.
class Taken {
 public:
  ~Taken() {
    for (const int descriptor : descriptors_) close(descriptor);
  }
  void Take(int descriptor) {
    absl::MutexLock lock(&mutex_);
    descriptors_.push_back(descriptor);
  }
  bool Reaches(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&] { return descriptors_.size() >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&reached),
                                   absl::Seconds(30));
  }
  size_t count() {
    absl::MutexLock lock(&mutex_);
    return descriptors_.size();
  }

 private:
  absl::Mutex mutex_;
  std::vector<int> descriptors_;
};

class AcceptorTest : public ::testing::Test {
 protected:
  ~AcceptorTest() override {
    for (const int client : clients_) close(client);
  }

  static std::unique_ptr<TcpSocket> Listen() {
    ListenAddress address;
    address.host = "127.0.0.1";
    auto socket = TcpSocket::Listen(address);
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }

  // A connection that waits to be accepted.
  void Connect(const TcpSocket& to) {
    clients_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<uint16_t>(to.address().port));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(clients_.back(), reinterpret_cast<sockaddr*>(&name),
                      sizeof(name)),
              0);
  }

  Taken taken_;
  std::vector<int> clients_;
};

TEST_F(AcceptorTest, AcceptsAtEverySource) {
  const auto first = Listen();
  const auto second = Listen();
  Taken others;
  const auto acceptor = Acceptor::Start(
      {{first->descriptor(), [this](int taken) { taken_.Take(taken); }},
       {second->descriptor(), [&others](int taken) { others.Take(taken); }}});
  ASSERT_TRUE(acceptor.ok()) << acceptor.status();
  for (int i = 0; i < 100; ++i) Connect(*first);
  Connect(*second);
  EXPECT_TRUE(taken_.Reaches(100));
  EXPECT_TRUE(others.Reaches(1));
  EXPECT_EQ(others.count(), 1u);
}

TEST_F(AcceptorTest, GoesOnWhenDescriptorsAreThereAgain) {
  const CapturedLog log;
  const auto listening = Listen();
  Connect(*listening);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int highest = dup(0);
  close(highest);
  // The acceptor's own descriptor still fits, what it accepts does not.
  const rlimit none = {static_cast<rlim_t>(highest) + 1, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto acceptor = Acceptor::Start(
      {{listening->descriptor(), [this](int taken) { taken_.Take(taken); }}});
  ASSERT_TRUE(acceptor.ok()) << acceptor.status();
  // Nothing can be taken, however often it is tried; then something can.
  EXPECT_TRUE(log.Await("cannot accept a connection; trying on"));
  EXPECT_EQ(taken_.count(), 0u);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(taken_.Reaches(1));
}

}  // namespace
}  // namespace localstore::server
