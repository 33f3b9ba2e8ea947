#include "server/net/unix_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;

class UnixSocketTest : public ::testing::Test {
 protected:
  UnixSocketTest() {
    char name[] = "/tmp/localstore_XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/sub/x.sock";
  }
  ~UnixSocketTest() override {
    unlink(path_.c_str());
    rmdir((directory_ + "/sub").c_str());
    rmdir(directory_.c_str());
  }

  bool Connects() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, path_.c_str(), sizeof(name.sun_path) - 1);
    const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&name),
                                   sizeof(name)) == 0;
    close(fd);
    return connected;
  }
  bool IsThere() const { return access(path_.c_str(), F_OK) == 0; }

  std::string directory_;
  std::string path_;
};

TEST_F(UnixSocketTest, IsMadeWithItsModeAndRemovedAfterwards) {
  {
    const auto listening = UnixSocket::Listen(path_, SocketAccess());
    ASSERT_TRUE(listening.ok()) << listening.status();
    struct stat file {};
    ASSERT_EQ(lstat(path_.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777, 0660u);
    EXPECT_TRUE(Connects());
  }
  EXPECT_FALSE(IsThere());
}

TEST_F(UnixSocketTest, ReplacesWhatNobodyListensAt) {
  ASSERT_EQ(mkdir((directory_ + "/sub").c_str(), 0700), 0);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path_.c_str(), sizeof(name.sun_path) - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)),
            0);
  close(fd);
  EXPECT_TRUE(UnixSocket::Listen(path_, SocketAccess()).ok());
}

TEST_F(UnixSocketTest, LeavesASocketThatIsServed) {
  const auto first = UnixSocket::Listen(path_, SocketAccess());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = UnixSocket::Listen(path_, SocketAccess());
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("served by another process"));
  EXPECT_TRUE(Connects());
}

TEST_F(UnixSocketTest, LeavesAFileThatIsNoSocket) {
  ASSERT_EQ(mkdir((directory_ + "/sub").c_str(), 0700), 0);
  std::ofstream(path_) << "precious";
  const auto listening = UnixSocket::Listen(path_, SocketAccess());
  EXPECT_THAT(std::string(listening.status().message()),
              HasSubstr("no socket"));
  EXPECT_TRUE(IsThere());
}

TEST_F(UnixSocketTest, LeavesASymbolicLinkAndWhatItLeadsTo) {
  ASSERT_EQ(mkdir((directory_ + "/sub").c_str(), 0700), 0);
  const std::string target = directory_ + "/precious";
  std::ofstream(target) << "precious";
  ASSERT_EQ(chmod(target.c_str(), 0600), 0);
  ASSERT_EQ(symlink(target.c_str(), path_.c_str()), 0);
  EXPECT_THAT(
      std::string(UnixSocket::Listen(path_, SocketAccess()).status().message()),
      HasSubstr("no socket"));
  struct stat file {};
  ASSERT_EQ(stat(target.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600u);
  EXPECT_EQ(unlink(target.c_str()), 0);
}

TEST_F(UnixSocketTest, OneOfManyThatStartAtOnceGetsIt) {
  for (int round = 0; round < 20; ++round) {
    // What an earlier server left behind.
    { const auto ignored = UnixSocket::Listen(path_, SocketAccess()); }
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, path_.c_str(), sizeof(name.sun_path) - 1);
    ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)),
              0);
    close(fd);

    std::vector<std::unique_ptr<UnixSocket>> sockets(8);
    std::vector<std::thread> servers;
    servers.reserve(sockets.size());
    for (auto& socket : sockets) {
      servers.emplace_back([this, &socket] {
        auto listening = UnixSocket::Listen(path_, SocketAccess());
        if (listening.ok()) socket = *std::move(listening);
      });
    }
    for (std::thread& server : servers) server.join();
    int listening = 0;
    for (const auto& socket : sockets) listening += socket != nullptr ? 1 : 0;
    EXPECT_EQ(listening, 1) << "in round " << round;
    EXPECT_TRUE(Connects());
  }
}

TEST_F(UnixSocketTest, ADirectoryThatSomebodyKeepsLockedIsNamed) {
  ASSERT_EQ(mkdir((directory_ + "/sub").c_str(), 0700), 0);
  const int held =
      open((directory_ + "/sub").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  EXPECT_THAT(
      std::string(UnixSocket::Listen(path_, SocketAccess()).status().message()),
      HasSubstr("its directory is locked"));
  close(held);
}

TEST_F(UnixSocketTest, IsGivenToItsOwnerAndGroup) {
  // To oneself, as anybody may; what a group may do is seen in the group.
  SocketAccess access;
  access.mode = 0640;
  access.owner = geteuid();
  access.group = getegid();
  const auto listening = UnixSocket::Listen(path_, access);
  ASSERT_TRUE(listening.ok()) << listening.status();
  struct stat file {};
  ASSERT_EQ(lstat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0640u);
  EXPECT_EQ(file.st_uid, access.owner);
  EXPECT_EQ(file.st_gid, access.group);
}

TEST_F(UnixSocketTest, LeavesTheFileOfASuccessor) {
  auto first = UnixSocket::Listen(path_, SocketAccess());
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(unlink(path_.c_str()), 0);
  const auto successor = UnixSocket::Listen(path_, SocketAccess());
  ASSERT_TRUE(successor.ok());
  first->reset();
  EXPECT_TRUE(Connects());
}

TEST(SocketAccessTest, ModeOwnerAndGroup) {
  const auto access = MakeSocketAccess("0600", "root", "0");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->mode, 0600u);
  EXPECT_EQ(access->owner, 0u);
  EXPECT_EQ(access->group, 0u);
  EXPECT_EQ(MakeSocketAccess("660", "", "")->owner, static_cast<uid_t>(-1));
}

TEST(SocketAccessTest, AllThatIsWrongIsSaid) {
  const auto access = MakeSocketAccess("0999", "no such user", "no such group");
  EXPECT_THAT(
      std::string(access.status().message()),
      ::testing::AllOf(HasSubstr("socket_mode"), HasSubstr("socket_owner"),
                       HasSubstr("socket_group")));
  EXPECT_FALSE(MakeSocketAccess("", "", "").ok());
  EXPECT_FALSE(MakeSocketAccess("7777", "", "").ok());
}

}  // namespace
}  // namespace localstore::server
