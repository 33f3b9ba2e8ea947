#include "server/systemd/inherited_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/environment.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;

// What systemd passes begins here.
constexpr int kFirst = 3;

class InheritedSocketsTest : public ::testing::Test {
 protected:
  ~InheritedSocketsTest() override {
    for (int i = 0; i < passed_; ++i) close(kFirst + i);
    localstore::testing::UnsetVariable("LISTEN_PID");
    localstore::testing::UnsetVariable("LISTEN_FDS");
    localstore::testing::UnsetVariable("LISTEN_FDNAMES");
  }

  void Pass(int descriptor, const std::string& name) {
    ASSERT_GE(descriptor, 0);
    const int place = kFirst + passed_++;
    if (descriptor != place) {
      ASSERT_EQ(fcntl(place, F_GETFD), -1) << "in use";
      ASSERT_EQ(dup2(descriptor, place), place);
      close(descriptor);
    }
    names_ += (names_.empty() ? "" : ":") + name;
    localstore::testing::SetVariable("LISTEN_PID", absl::StrCat(getpid()));
    localstore::testing::SetVariable("LISTEN_FDS", absl::StrCat(passed_));
    localstore::testing::SetVariable("LISTEN_FDNAMES", names_);
  }

  static int Tcp(in_addr_t address, bool listening = true) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address);
    EXPECT_EQ(
        bind(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
    if (listening) {
      EXPECT_EQ(listen(descriptor, 1), 0);
    }
    return descriptor;
  }

  static int Unix() {
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    EXPECT_EQ(bind(descriptor, reinterpret_cast<sockaddr*>(&name),
                   sizeof(name.sun_family)),
              0);
    EXPECT_EQ(listen(descriptor, 1), 0);
    return descriptor;
  }

  static std::string Error(const std::string& name) {
    const auto sockets = FindInheritedSockets(name);
    EXPECT_FALSE(sockets.ok());
    return std::string(sockets.status().message());
  }

  int passed_ = 0;
  std::string names_;
};

TEST_F(InheritedSocketsTest, AreFoundByName) {
  Pass(Tcp(INADDR_LOOPBACK), "grpc");
  Pass(Unix(), "local");
  Pass(Tcp(INADDR_ANY), "grpc");
  const auto grpc = FindInheritedSockets("grpc");
  ASSERT_TRUE(grpc.ok()) << grpc.status();
  ASSERT_EQ(grpc->size(), 2u);
  EXPECT_EQ((*grpc)[0].descriptor, kFirst);
  EXPECT_TRUE((*grpc)[0].loopback);
  EXPECT_FALSE((*grpc)[0].unix_domain);
  EXPECT_TRUE(absl::StartsWith((*grpc)[0].address, "127.0.0.1:"));
  EXPECT_FALSE((*grpc)[1].loopback);
  const auto local = FindInheritedSockets("local");
  ASSERT_TRUE(local.ok()) << local.status();
  EXPECT_TRUE(local->front().unix_domain);
  EXPECT_THAT(local->front().address, HasSubstr("unix-abstract:"));
  EXPECT_EQ(FindInheritedSockets("")->size(), 3u);
}

TEST_F(InheritedSocketsTest, AreMadeNonBlockingAndClosedOnExec) {
  Pass(Tcp(INADDR_LOOPBACK), "grpc");
  ASSERT_TRUE(FindInheritedSockets("grpc").ok());
  EXPECT_NE(fcntl(kFirst, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(kFirst, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(InheritedSocketsTest, OneThatIsMissingIsAnError) {
  EXPECT_THAT(Error("grpc"), HasSubstr("passed no socket at all"));
  Pass(Tcp(INADDR_LOOPBACK), "other.socket");
  EXPECT_THAT(Error("grpc"), HasSubstr("systemd passed other.socket"));
}

TEST_F(InheritedSocketsTest, ForAnotherProcessAreNone) {
  Pass(Tcp(INADDR_LOOPBACK), "grpc");
  localstore::testing::SetVariable("LISTEN_PID", "1");
  EXPECT_THAT(Error("grpc"), HasSubstr("passed no socket at all"));
}

TEST_F(InheritedSocketsTest, WhatDoesNotListenIsAnError) {
  Pass(Tcp(INADDR_LOOPBACK, false), "grpc");
  EXPECT_THAT(Error("grpc"), HasSubstr("no listening Unix or TCP"));
}

TEST_F(InheritedSocketsTest, NonsenseInTheEnvironmentIsAnError) {
  localstore::testing::SetVariable("LISTEN_PID", absl::StrCat(getpid()));
  localstore::testing::SetVariable("LISTEN_FDS", "many");
  EXPECT_THAT(Error("grpc"), HasSubstr("LISTEN_FDS"));
  localstore::testing::UnsetVariable("LISTEN_FDS");
  localstore::testing::UnsetVariable("LISTEN_PID");
}

}  // namespace
}  // namespace localstore::server
