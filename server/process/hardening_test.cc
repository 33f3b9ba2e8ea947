#include "server/process/hardening.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/environment.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HardeningTest, LeavesNoWayForMemoryToGetOut) {
  localstore::testing::SetVariable("GRPC_TRACE", "all");
  localstore::testing::SetVariable("SSLKEYLOGFILE", "/tmp/keys");
  EXPECT_THAT(KeepSecretsInside(), ElementsAre("GRPC_TRACE", "SSLKEYLOGFILE"));
  // NOLINTBEGIN(concurrency-mt-unsafe): there is no other thread.
  EXPECT_EQ(std::getenv("GRPC_TRACE"), nullptr);
  EXPECT_EQ(std::getenv("SSLKEYLOGFILE"), nullptr);
  // NOLINTEND(concurrency-mt-unsafe)
  EXPECT_THAT(KeepSecretsInside(), IsEmpty());
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
  rlimit core{};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &core), 0);
  EXPECT_EQ(core.rlim_max, 0u);
  prctl(PR_SET_DUMPABLE, 1);  // for the sanitizers, which look at the end
}

TEST(HardeningTest, TakesAllTheFilesThatItMayHave) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low = {64, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  RaiseOpenFiles();
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
}

}  // namespace
}  // namespace localstore::server
