#include "client/doctor/sigpipe_guard.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "gtest/gtest.h"

namespace localstore::client {
namespace {

TEST(SigpipeGuardTest, WritingToNobodyIsAnError) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  close(pipe_ends[0]);
  {
    const SigpipeGuard guard;
    EXPECT_EQ(write(pipe_ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
  }
  close(pipe_ends[1]);
  sigset_t now;
  pthread_sigmask(SIG_BLOCK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGPIPE), 0);
  sigpending(&now);
  EXPECT_EQ(sigismember(&now, SIGPIPE), 0);
}

}  // namespace
}  // namespace localstore::client
