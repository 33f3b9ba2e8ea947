#include "fetcher/error_history.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Status Refused(const std::string& why) {
  return MakeError(v1::ERROR_REASON_CONNECT_FAILED, why, {{"k", why}});
}

TEST(ErrorHistoryTest, WithoutAnErrorThereIsNone) {
  EXPECT_TRUE(ErrorHistory().Summary().ok());
}

TEST(ErrorHistoryTest, OneErrorStaysAsItIs) {
  ErrorHistory history;
  history.Add("store", Refused("refused"));
  EXPECT_EQ(history.Summary(), Refused("refused"));
}

TEST(ErrorHistoryTest, TheLastOneGoesFirst) {
  ErrorHistory history;
  history.Add("first", Refused("a"));
  history.Add("first", Refused("a"));
  history.Add("second", MakeError(v1::ERROR_REASON_DIGEST_MISMATCH, "wrong",
                                  {{"x", "y"}}));
  const absl::Status summary = history.Summary();
  EXPECT_EQ(summary.message(),
            "wrong; before that: first: CONNECT_FAILED, a (2 times)");
  EXPECT_EQ(ReasonOf(summary), v1::ERROR_REASON_DIGEST_MISMATCH);
  EXPECT_EQ(MetadataOf(summary, "x"), "y");
}

TEST(ErrorHistoryTest, IsBounded) {
  ErrorHistory history;
  for (int i = 0; i < 1000; ++i) {
    history.Add("store", Refused(absl::StrCat("cause number ", i, " ",
                                              std::string(5000, 'x'))));
  }
  history.Add("store", Refused("the last"));
  const std::string message(history.Summary().message());
  EXPECT_LT(message.size(), 4000);
  EXPECT_THAT(message, HasSubstr("cause number 0 "));
  EXPECT_THAT(message, HasSubstr("cause number 999 "));
  EXPECT_THAT(message, Not(HasSubstr("cause number 500 ")));
  EXPECT_THAT(message, HasSubstr("993 more causes"));
}

TEST(ErrorHistoryTest, CutsNoCharacterInTwo) {
  ErrorHistory history;
  std::string text = "x";
  while (text.size() < 300) text += "\xC3\xBC";
  history.Add("store", Refused(text));
  history.Add("store", Refused("the last"));
  EXPECT_THAT(std::string(history.Summary().message()),
              HasSubstr("\xC3\xBC..."));
}

}  // namespace
}  // namespace localstore::fetcher
