#include "server/rpc/encoded_answers.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

resolver::KnownAnswer KnownAt(const std::string& address, absl::Duration age) {
  auto resolution = std::make_shared<resolver::Resolution>();
  resolution->host = "store.local";
  resolution->endpoints.emplace_back();
  resolution->endpoints[0].address = address;
  resolution->endpoints[0].ttl = absl::Seconds(10);
  return {std::move(resolution), age};
}

v1::ResolveResponse Decode(const grpc::Slice& bytes) {
  v1::ResolveResponse response;
  EXPECT_TRUE(
      response.ParseFromArray(bytes.begin(), static_cast<int>(bytes.size())));
  return response;
}

const void* PlaceOf(const grpc::Slice& bytes) { return bytes.begin(); }

absl::Duration TtlOf(const grpc::Slice& bytes) {
  const auto ttl = Decode(bytes).endpoints(0).ttl();
  return absl::Seconds(ttl.seconds()) + absl::Nanoseconds(ttl.nanos());
}

TEST(EncodedAnswersTest, RepeatsTheBytesOfAnAnswerForAWhile) {
  FakeTimer timer;
  EncodedAnswers answers(&timer);
  resolver::KnownAnswer known = KnownAt("10.1.0.5", absl::Milliseconds(1));
  const grpc::Slice first = answers.Encode(known);
  EXPECT_EQ(Decode(first).endpoints(0).address(), "10.1.0.5");
  known.age = kEncodedLife;
  EXPECT_EQ(PlaceOf(answers.Encode(known)), PlaceOf(first));
  known.age += absl::Nanoseconds(1);
  EXPECT_NE(PlaceOf(answers.Encode(known)), PlaceOf(first));
}

TEST(EncodedAnswersTest, NeverPromisesMoreThanIsLeft) {
  FakeTimer timer;
  EncodedAnswers answers(&timer);
  resolver::KnownAnswer known = KnownAt("10.1.0.5", absl::ZeroDuration());
  EXPECT_EQ(TtlOf(answers.Encode(known)), absl::Seconds(10));
  for (int ms = 1; ms <= 1000; ms += 7) {
    known.age = absl::Milliseconds(ms);
    const absl::Duration left = absl::Seconds(10) - known.age;
    const absl::Duration ttl = TtlOf(answers.Encode(known));
    EXPECT_LE(ttl, left);
    EXPECT_GT(ttl, left - kEncodedLife);
  }
}

TEST(EncodedAnswersTest, AnotherResolutionIsAnotherAnswer) {
  FakeTimer timer;
  EncodedAnswers answers(&timer);
  const resolver::KnownAnswer before = KnownAt("10.1.0.5", {});
  const resolver::KnownAnswer after = KnownAt("10.1.0.6", {});
  EXPECT_EQ(Decode(answers.Encode(before)).endpoints(0).address(), "10.1.0.5");
  EXPECT_EQ(Decode(answers.Encode(after)).endpoints(0).address(), "10.1.0.6");
}

TEST(EncodedAnswersTest, LetsGoOfWhatIsNoLongerRepeated) {
  FakeTimer timer;
  EncodedAnswers answers(&timer);
  std::weak_ptr<const resolver::Resolution> first;
  {
    const resolver::KnownAnswer known = KnownAt("10.1.0.5", {});
    first = known.resolution;
    answers.Encode(known);
  }
  EXPECT_FALSE(first.expired());
  timer.Advance(absl::Seconds(1));
  answers.Encode(KnownAt("10.1.0.5", {}));
  EXPECT_TRUE(first.expired());
}

TEST(EncodedAnswersTest, HoldsOnToFewResolutions) {
  FakeTimer timer;
  EncodedAnswers answers(&timer, /*max_answers=*/2);
  std::weak_ptr<const resolver::Resolution> last;
  for (int i = 0; i < 3; ++i) {
    const resolver::KnownAnswer known = KnownAt("10.1.0.5", {});
    last = known.resolution;
    EXPECT_EQ(TtlOf(answers.Encode(known)), absl::Seconds(10));
  }
  EXPECT_TRUE(last.expired());
}

}  // namespace
}  // namespace localstore::server
