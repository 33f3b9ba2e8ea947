#include "fetcher/body_plan.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using Action = BodyPlan::Action;

ResponseHead Head(int status,
                  std::vector<std::pair<std::string, std::string>> fields) {
  ResponseHead head;
  head.status = status;
  head.fields = std::move(fields);
  return head;
}

BodyExpectation AtOffset(int64_t offset, int64_t total = 0) {
  BodyExpectation expectation;
  expectation.offset = offset;
  expectation.held.total_bytes = total;
  expectation.held.etag = "\"1\"";
  expectation.same_source = true;
  expectation.has_digest = true;
  return expectation;
}

v1::ErrorReason Reason(const ResponseHead& head,
                       const BodyExpectation& expectation) {
  return ReasonOf(PlanBody(head, expectation).status());
}

TEST(BodyPlanTest, AWholeImage) {
  const auto plan = PlanBody(Head(200, {{"content-length", "10"}}), {});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->action, Action::kAppend);
  EXPECT_EQ(plan->total_bytes, 10);
  EXPECT_EQ(plan->end, 10);
}

TEST(BodyPlanTest, AWholeImageInsteadOfTheRest) {
  const auto plan =
      PlanBody(Head(200, {{"content-length", "10"}}), AtOffset(5));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->action, Action::kRestart);
}

TEST(BodyPlanTest, TheRest) {
  const auto plan = PlanBody(
      Head(206, {{"content-range", "bytes 5-9/10"}, {"etag", "\"1\""}}),
      AtOffset(5, 10));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->action, Action::kAppend);
  EXPECT_EQ(plan->total_bytes, 10);
  EXPECT_EQ(plan->end, 10);
}

TEST(BodyPlanTest, APartOfTheRest) {
  const auto plan =
      PlanBody(Head(206, {{"content-range", "bytes 5-6/10"}}), AtOffset(5));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->total_bytes, 10);
  EXPECT_EQ(plan->end, 7);
}

TEST(BodyPlanTest, WhatIsKnownFillsInForWhatIsNot) {
  const auto plan =
      PlanBody(Head(206, {{"content-range", "bytes 5-6/*"}}), AtOffset(5, 10));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->total_bytes, 10);
}

TEST(BodyPlanTest, ARangeOfAnUnknownWholeNeedsADigestOrASize) {
  const ResponseHead head =
      Head(206, {{"content-range", "bytes 5-6/*"}, {"etag", "\"1\""}});
  BodyExpectation expectation = AtOffset(5);
  EXPECT_EQ(PlanBody(head, expectation)->action, Action::kAppend);
  expectation.has_digest = false;
  EXPECT_EQ(PlanBody(head, expectation)->action, Action::kAskAnew);
  expectation.size_bytes = 10;
  EXPECT_EQ(PlanBody(head, expectation)->action, Action::kAppend);
}

TEST(BodyPlanTest, AnUnverifiedRestHasTheEtagOfWhatIsThere) {
  BodyExpectation expectation = AtOffset(5, 10);
  expectation.has_digest = false;
  for (const char* etag : {"", "\"1\"", "\"2\""}) {
    ResponseHead head = Head(206, {{"content-range", "bytes 5-9/10"}});
    if (*etag != '\0') head.fields.emplace_back("etag", etag);
    EXPECT_EQ(PlanBody(head, expectation)->action, etag == expectation.held.etag
                                                       ? Action::kAppend
                                                       : Action::kAskAnew)
        << etag;
  }
}

TEST(BodyPlanTest, WhatIsKnownIsTheEnd) {
  const auto plan =
      PlanBody(Head(206, {{"content-range", "bytes 5-10/*"}}), AtOffset(5, 10));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->action, Action::kAskAnew);
}

TEST(BodyPlanTest, AnotherSourcesEtagSaysNothing) {
  BodyExpectation expectation = AtOffset(5, 10);
  expectation.same_source = false;
  const auto plan = PlanBody(
      Head(206, {{"content-range", "bytes 5-9/10"}, {"etag", "\"2\""}}),
      expectation);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->action, Action::kAppend);
}

TEST(BodyPlanTest, ARestThatDoesNotFitIsAskedForAnew) {
  for (const char* range :
       {"bytes 4-9/10", "bytes 6-9/10", "bytes 5-9/11", "bytes 5-10/10",
        "bytes */10", "lines 5-9/10", "bytes 5-9", "", "bytes 9-5/10"}) {
    const auto plan =
        PlanBody(Head(206, {{"content-range", range}}), AtOffset(5, 10));
    ASSERT_TRUE(plan.ok()) << range;
    EXPECT_EQ(plan->action, Action::kAskAnew) << range;
    EXPECT_NE(plan->why, "") << range;
  }
}

TEST(BodyPlanTest, ARestThatWasNotAskedFor) {
  EXPECT_EQ(Reason(Head(206, {{"content-range", "bytes 0-9/10"}}), {}),
            v1::ERROR_REASON_HTTP_PROTOCOL);
}

TEST(BodyPlanTest, NothingLeft) {
  const ResponseHead head = Head(416, {{"content-range", "bytes */10"}});
  auto plan = PlanBody(head, AtOffset(10));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->action, Action::kComplete);
  EXPECT_EQ(PlanBody(head, AtOffset(11))->action, Action::kAskAnew);
  EXPECT_EQ(PlanBody(head, AtOffset(10, 12))->action, Action::kAskAnew);
}

TEST(BodyPlanTest, NothingLeftOfAnotherVersion) {
  const ResponseHead head =
      Head(416, {{"content-range", "bytes */10"}, {"etag", "\"2\""}});
  EXPECT_EQ(PlanBody(head, AtOffset(10))->action, Action::kAskAnew);
}

TEST(BodyPlanTest, TheSizeIsChecked) {
  BodyExpectation expectation;
  expectation.size_bytes = 10;
  EXPECT_EQ(Reason(Head(200, {{"content-length", "11"}}), expectation),
            v1::ERROR_REASON_SIZE_MISMATCH);
  expectation.size_bytes = 0;
  expectation.max_size_bytes = 10;
  EXPECT_EQ(Reason(Head(200, {{"content-length", "11"}}), expectation),
            v1::ERROR_REASON_TOO_LARGE);
  expectation.offset = 5;
  EXPECT_EQ(
      Reason(Head(206, {{"content-range", "bytes 5-10/11"}}), expectation),
      v1::ERROR_REASON_TOO_LARGE);
}

TEST(BodyPlanTest, TheSizeIsCheckedWhereNothingIsLeft) {
  const ResponseHead head = Head(416, {{"content-range", "bytes */10"}});
  BodyExpectation expectation = AtOffset(10);
  expectation.size_bytes = 12;
  EXPECT_EQ(Reason(head, expectation), v1::ERROR_REASON_SIZE_MISMATCH);
  expectation.size_bytes = 0;
  expectation.max_size_bytes = 9;
  EXPECT_EQ(Reason(head, expectation), v1::ERROR_REASON_TOO_LARGE);
}

TEST(BodyPlanTest, CodingsAreRefused) {
  EXPECT_EQ(
      Reason(Head(200, {{"content-length", "10"}, {"content-encoding", "br"}}),
             {}),
      v1::ERROR_REASON_HTTP_PROTOCOL);
  EXPECT_TRUE(PlanBody(Head(200, {{"content-length", "10"},
                                  {"content-encoding", "Identity"}}),
                       {})
                  .ok());
  EXPECT_EQ(Reason(Head(200, {{"content-encoding", "identity"},
                              {"content-encoding", "gzip"},
                              {"content-length", "10"}}),
                   {}),
            v1::ERROR_REASON_HTTP_PROTOCOL);
  EXPECT_EQ(Reason(Head(206, {{"content-range", "bytes 5-9/10"},
                              {"transfer-encoding", "gzip, chunked"}}),
                   AtOffset(5, 10)),
            v1::ERROR_REASON_HTTP_PROTOCOL);
}

TEST(BodyPlanTest, TwoRangesAreNone) {
  const auto plan = PlanBody(Head(206, {{"content-range", "bytes 5-9/10"},
                                        {"content-range", "bytes 0-4/10"}}),
                             AtOffset(5, 10));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->action, Action::kAskAnew);
}

TEST(BodyPlanTest, AnEndThatNothingMarksNeedsSomethingToTellItBy) {
  const ResponseHead unmarked = Head(200, {});
  EXPECT_EQ(Reason(unmarked, {}), v1::ERROR_REASON_HTTP_PROTOCOL);
  BodyExpectation expectation;
  expectation.has_digest = true;
  EXPECT_TRUE(PlanBody(unmarked, expectation).ok());
  expectation.has_digest = false;
  expectation.size_bytes = 10;
  EXPECT_TRUE(PlanBody(unmarked, expectation).ok());
  EXPECT_TRUE(PlanBody(Head(200, {{"transfer-encoding", "chunked"}}), {}).ok());
}

TEST(BodyPlanTest, LengthsThatContradictEachOther) {
  EXPECT_EQ(
      Reason(Head(200, {{"content-length", "5"}, {"content-length", "6"}}), {}),
      v1::ERROR_REASON_HTTP_PROTOCOL);
  EXPECT_EQ(Reason(Head(200, {{"content-length", "5, 6"}}), {}),
            v1::ERROR_REASON_HTTP_PROTOCOL);
  EXPECT_TRUE(
      PlanBody(Head(200, {{"content-length", "5"}, {"content-length", "5"}}),
               {})
          .ok());
}

}  // namespace
}  // namespace localstore::fetcher
