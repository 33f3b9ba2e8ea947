#include "server/net/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

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
