#include "resolver/rejection.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using ::testing::Not;

bool IsOfAnAddress(Rejection rejection) {
  return rejection >= Rejection::kAddressOffLink;
}

TEST(RejectionTest, EachHasANameOfItsOwn) {
  std::set<std::string> names;
  for (const Rejection rejection : AllRejections()) {
    const std::string name(RejectionName(rejection));
    EXPECT_THAT(name, Not("unknown"));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.compare(0, 8, "address_") == 0, IsOfAnAddress(rejection))
        << name;
  }
}

// What a caller reads who asks why an address that was answered is not used.
TEST(RejectionTest, EachThatAnAddressCanHaveSaysWhatIsWrongWithIt) {
  const std::string none(AddressProblem(Rejection::kTooLarge));
  std::set<std::string> problems;
  for (const Rejection rejection : AllRejections()) {
    const std::string problem(AddressProblem(rejection));
    if (IsOfAnAddress(rejection)) {
      EXPECT_THAT(problem, Not(none)) << RejectionName(rejection);
      EXPECT_TRUE(problems.insert(problem).second) << problem;
    } else {
      EXPECT_EQ(problem, none) << RejectionName(rejection);
    }
  }
}

TEST(RejectionTest, CountsEachForItself) {
  RejectionCounts counts;
  ++counts[Rejection::kWrongInterface];
  ++counts[Rejection::kAddressV4Mapped];
  ++counts[Rejection::kAddressV4Mapped];
  for (const Rejection rejection : AllRejections()) {
    EXPECT_EQ(counts[rejection], rejection == Rejection::kWrongInterface    ? 1
                                 : rejection == Rejection::kAddressV4Mapped ? 2
                                                                            : 0)
        << RejectionName(rejection);
  }
}

}  // namespace
}  // namespace localstore::resolver
