#include "server/rpc/correlation.h"

#include <map>
#include <string>

#include "gtest/gtest.h"

namespace localstore::server {
namespace {

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

std::string TraceParent() {
  return std::string("00-") + kTraceId + "-00f067aa0ba902b7-01";
}

Correlation Of(const std::string& key, const std::string& value) {
  return CorrelationOf({{key, value}});
}

TEST(CorrelationTest, TakesTheCallersRequestId) {
  for (const char* id :
       {"a", "3f6c1c2e-8b0f-4f0e-9a3b-5c0d1e2f3a4b", "job:12/step.3_x=+@"}) {
    EXPECT_EQ(Of("x-request-id", id).request_id, id);
  }
  const std::string longest(128, 'x');
  EXPECT_EQ(Of("x-request-id", longest).request_id, longest);
}

TEST(CorrelationTest, MakesOneUpWhereThereIsNone) {
  const std::string first = CorrelationOf({}).request_id;
  EXPECT_EQ(first.size(), 16u);
  EXPECT_NE(first, CorrelationOf({}).request_id);
}

TEST(CorrelationTest, DoesNotTakeWhatMightBeAnythingElse) {
  for (const std::string& id :
       {std::string(), std::string(129, 'x'), std::string("a b"),
        std::string("a\nb"), std::string("\"}"), std::string("caf\xC3\xA9"),
        std::string("a\0b", 3)}) {
    const std::string taken = Of("x-request-id", id).request_id;
    EXPECT_EQ(taken.size(), 16u) << id;
    EXPECT_NE(taken, id);
  }
}

TEST(CorrelationTest, TakesTheTraceIdOfATraceparent) {
  EXPECT_EQ(Of("traceparent", TraceParent()).trace_id, kTraceId);
  EXPECT_EQ(TraceIdOf("01" + TraceParent().substr(2) + "-more"), kTraceId);
}

TEST(CorrelationTest, WhatIsNoTraceparentHasNoTraceId) {
  std::string upper = TraceParent();
  upper[5] = 'F';
  std::string dash = TraceParent();
  dash[35] = '_';
  std::string zero = TraceParent();
  zero.replace(3, 32, std::string(32, '0'));
  std::string zero_parent = TraceParent();
  zero_parent.replace(36, 16, std::string(16, '0'));
  for (const std::string& wrong :
       {std::string(), std::string("00"), upper, dash, zero, zero_parent,
        "ff" + TraceParent().substr(2), TraceParent() + "-more",
        "01" + TraceParent().substr(2) + "more", TraceParent().substr(0, 54)}) {
    EXPECT_EQ(TraceIdOf(wrong), "") << wrong;
  }
}

}  // namespace
}  // namespace localstore::server
