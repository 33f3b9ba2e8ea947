#include "server/process/privileges.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(PrivilegesTest, NoCapabilityIsNeededWhereTheKernelAsksForNone) {
  EXPECT_THAT(FindMissing(Privileges()), IsEmpty());
}

TEST(PrivilegesTest, AnOlderKernelWantsCapNetRaw) {
  Privileges privileges;
  privileges.can_bind_to_device = false;
  const auto missing = FindMissing(privileges);
  ASSERT_THAT(missing, SizeIs(1));
  EXPECT_EQ(missing[0].capability, "CAP_NET_RAW");
  EXPECT_THAT(missing[0].needed_for, HasSubstr("SO_BINDTODEVICE"));
  EXPECT_THAT(missing[0].remedy, HasSubstr("AmbientCapabilities=CAP_NET_RAW"));
  privileges.net_raw = true;
  EXPECT_THAT(FindMissing(privileges), IsEmpty());
}

TEST(PrivilegesTest, AReservedMdnsPortWantsCapNetBindService) {
  Privileges privileges;
  privileges.first_free_port = 10000;
  const auto missing = FindMissing(privileges);
  ASSERT_THAT(missing, SizeIs(1));
  EXPECT_EQ(missing[0].capability, "CAP_NET_BIND_SERVICE");
  EXPECT_THAT(missing[0].remedy,
              AllOf(HasSubstr("5353"), HasSubstr("it is 10000")));
  privileges.net_bind_service = true;
  EXPECT_THAT(FindMissing(privileges), IsEmpty());
  privileges.net_bind_service = false;
  privileges.first_free_port = 5353;
  EXPECT_THAT(FindMissing(privileges), IsEmpty());
}

TEST(PrivilegesTest, ReadsThoseOfTheProcess) {
  const Privileges privileges = ReadPrivileges();
  EXPECT_EQ(privileges.uid, geteuid());
  EXPECT_EQ(privileges.gid, getegid());
  EXPECT_GE(privileges.first_free_port, 0);
}

}  // namespace
}  // namespace localstore::server
