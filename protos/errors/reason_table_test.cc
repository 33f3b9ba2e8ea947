#include "protos/errors/reason_table.h"

#include <string>

#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore {
namespace {

TEST(ReasonTableTest, HasEachReasonOnceInTheOrderOfTheNumbers) {
  const auto* reasons = v1::ErrorReason_descriptor();
  ASSERT_EQ(ReasonTable().size() + 1,
            static_cast<size_t>(reasons->value_count()));
  for (int i = 1; i < reasons->value_count(); ++i) {
    EXPECT_EQ(ReasonTable()[static_cast<size_t>(i) - 1].reason,
              reasons->value(i)->number())
        << reasons->value(i)->name();
  }
}

TEST(ReasonTableTest, SaysEverythingOfEach) {
  for (const ReasonFacts& facts : ReasonTable()) {
    const std::string name = ReasonName(facts.reason);
    EXPECT_NE(std::string(facts.when), "") << name;
    EXPECT_NE(std::string(facts.what_to_do), "") << name;
    EXPECT_NE(facts.code, absl::StatusCode::kOk) << name;
    EXPECT_EQ(CodeForReason(facts.reason), facts.code) << name;
    EXPECT_EQ(std::string(facts.when).find('|'), std::string::npos) << name;
    for (const absl::string_view key :
         absl::StrSplit(facts.metadata, ", ", absl::SkipEmpty())) {
      EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"),
                absl::string_view::npos)
          << name << ": " << key;
    }
  }
}

}  // namespace
}  // namespace localstore
