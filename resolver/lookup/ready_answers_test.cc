#include "resolver/lookup/ready_answers.h"

#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {
namespace {

constexpr char kHost[] = "app.local";

class ReadyAnswersTest : public ::testing::Test {
 protected:
  static Resolution Answer(const std::string& host, const std::string& address,
                           absl::Duration ttl = absl::Seconds(100)) {
    Resolution resolution;
    resolution.host = host;
    resolution.from_cache = true;
    Endpoint endpoint;
    endpoint.address = address;
    endpoint.ttl = ttl;
    resolution.endpoints.push_back(endpoint);
    return resolution;
  }
  void Publish(const std::string& host, const std::string& address,
               const ResolveOptions& options = {}) {
    ready_.Publish(options, Answer(host, address), {N(host)}, now_);
  }
  // The first address found, or "".
  std::string Found(const std::string& host,
                    const ResolveOptions& options = {}) const {
    const KnownAnswer known = ready_.Find(host, options, now_);
    return known.resolution == nullptr ? ""
                                       : known.resolution->endpoints[0].address;
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  ReadyAnswers ready_;
};

TEST_F(ReadyAnswersTest, FindsWhatWasPublishedHoweverItIsSpelled) {
  EXPECT_EQ(Found(kHost), "");
  Publish(kHost, "10.1.0.5");
  EXPECT_EQ(Found(kHost), "10.1.0.5");
  EXPECT_EQ(Found("App.LOCAL."), "10.1.0.5");
  EXPECT_EQ(Found("app.local.."), "");
  EXPECT_EQ(Found("app2.local"), "");
}

TEST_F(ReadyAnswersTest, OptionsThatMatterAreTheSame) {
  Publish(kHost, "10.1.0.5");
  ResolveOptions options;
  options.timeout = absl::Seconds(1);
  EXPECT_EQ(Found(kHost, options), "10.1.0.5") << "nothing to wait for";
  options.family = AddressFamily::kIpv6;
  EXPECT_EQ(Found(kHost, options), "");
  options = {};
  options.bridges = {"bn1"};
  EXPECT_EQ(Found(kHost, options), "");
  Publish(kHost, "10.1.0.6", options);
  EXPECT_EQ(Found(kHost, options), "10.1.0.6");
  EXPECT_EQ(Found(kHost), "10.1.0.5");
  options.bridges = {"bn1", "bn2"};
  EXPECT_EQ(Found(kHost, options), "");
}

TEST_F(ReadyAnswersTest, PartsOfTheKeyAreNotMistakenForOneAnother) {
  ResolveOptions options;
  options.bridges = {"1,a", "b"};
  Publish(kHost, "10.1.0.5", options);
  options.bridges = {"1,a1,b"};
  EXPECT_EQ(Found(kHost, options), "");
  options.bridges = {"1,a"};
  EXPECT_EQ(Found("1,bapp.local", options), "");
}

TEST_F(ReadyAnswersTest, WhatTakesTimeIsNotFound) {
  Publish(kHost, "10.1.0.5");
  ResolveOptions options;
  options.bypass_cache = true;
  EXPECT_EQ(Found(kHost, options), "");
  options = {};
  options.all_endpoints = true;
  EXPECT_EQ(Found(kHost, options), "");
  options = {};
  options.service = "_http._tcp";
  EXPECT_EQ(Found(kHost, options), "");
}

TEST_F(ReadyAnswersTest, EndsWithTheFirstOfItsRecords) {
  Resolution resolution = Answer(kHost, "10.1.0.5");
  resolution.endpoints.push_back(resolution.endpoints[0]);
  resolution.endpoints[1].ttl = absl::Milliseconds(300);
  ready_.Publish({}, resolution, {N(kHost)}, now_);
  now_ += absl::Milliseconds(299);
  EXPECT_EQ(Found(kHost), "10.1.0.5");
  EXPECT_EQ(ready_.Find(kHost, {}, now_).age, absl::Milliseconds(299));
  now_ += absl::Milliseconds(1);
  EXPECT_EQ(Found(kHost), "");
}

TEST_F(ReadyAnswersTest, EndsWithinASecondSoThatInterestIsNoticed) {
  Publish(kHost, "10.1.0.5");
  now_ += kReadyLife;
  EXPECT_EQ(Found(kHost), "");
}

TEST_F(ReadyAnswersTest, IsDroppedOnNewsOfAnyNameBehindIt) {
  const std::vector<dns::Name> behind = {N(kHost), N("alias.local"),
                                         N("web._http._tcp.local")};
  for (const dns::Name& name : behind) {
    ready_.Publish({}, Answer(kHost, "10.1.0.5"), behind, now_);
    Publish("other.local", "10.1.0.9");
    EXPECT_TRUE(ready_.Wants(name.Lowercase()));
    ready_.Drop({name});
    EXPECT_EQ(Found(kHost), "");
    for (const dns::Name& gone : behind) EXPECT_FALSE(ready_.Wants(gone));
    EXPECT_EQ(Found("other.local"), "10.1.0.9");
  }
  ready_.Clear();
  EXPECT_EQ(Found("other.local"), "");
  EXPECT_FALSE(ready_.Wants(N("other.local")));
}

TEST_F(ReadyAnswersTest, TheLastPublishedHolds) {
  Publish(kHost, "10.1.0.5");
  Publish(kHost, "10.1.0.6");
  EXPECT_EQ(Found(kHost), "10.1.0.6");
}

TEST_F(ReadyAnswersTest, BoundedAndThoseNobodyWantsGo) {
  ReadyAnswers ready(/*max_answers=*/2);
  for (const char* host : {"a.local", "b.local", "c.local"}) {
    ready.Publish({}, Answer(host, "10.1.0.5"), {N(host)}, now_);
  }
  EXPECT_EQ(ready.Find("c.local", {}, now_).resolution, nullptr);
  EXPECT_FALSE(ready.Wants(N("c.local")));
  now_ += kReadyLife;
  ready.Publish({}, Answer("c.local", "10.1.0.5"), {N("c.local")}, now_);
  EXPECT_NE(ready.Find("c.local", {}, now_).resolution, nullptr);
  EXPECT_FALSE(ready.Wants(N("a.local")));
}

TEST_F(ReadyAnswersTest, FoundByOthersWhileItIsDropped) {
  Publish(kHost, "10.1.0.5");
  std::thread reader([this] {
    for (int i = 0; i < 2000; ++i) {
      const KnownAnswer known = ready_.Find(kHost, {}, now_);
      if (known.resolution != nullptr) {
        EXPECT_EQ(known.resolution->host, kHost);
      }
    }
  });
  for (int i = 0; i < 200; ++i) {
    ready_.Drop(N(kHost));
    Publish(kHost, "10.1.0.5");
  }
  reader.join();
}

}  // namespace
}  // namespace localstore::resolver
