#include "resolver/cache/record_store.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RecordStoreTest : public ::testing::Test {
 protected:
  static StoreLimits SmallLimits() {
    StoreLimits limits;
    limits.max_records = 16;
    limits.max_records_per_set = 4;
    limits.max_pointers_per_set = 8;
    limits.unasked_share = 0.25;  // 4
    limits.asked_share = 0.5;     // 8
    return limits;
  }

  CachedRecord* Add(const dns::Record& record, const std::string& source,
                    bool asked = false) {
    now_ += absl::Seconds(1);
    CachedRecord cached;
    cached.record = record;
    cached.source = Ip(source);
    cached.created = now_;
    cached.received = now_;
    cached.expires = now_ + absl::Seconds(record.ttl);
    return store_.Add(std::move(cached), asked);
  }
  CachedRecord* AddHost(const std::string& host, const std::string& source,
                        bool asked = false) {
    return Add(AddressRecord(host, "10.1.0.5"), source, asked);
  }
  bool Has(const std::string& host) const {
    return !store_.Named(N(host)).empty();
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  std::vector<std::string> evicted_;
  RecordStore store_{SmallLimits(), [this](const CachedRecord& cached) {
                       evicted_.push_back(cached.record.name.ToString());
                     }};
};

TEST_F(RecordStoreTest, FindsByNameDataAndServiceHost) {
  AddHost("a.local", "10.1.0.5");
  Add(SrvRecord("w._http._tcp.local", "A.local", 80), "10.1.0.5");
  EXPECT_THAT(store_.Named(N("A.LOCAL")), SizeIs(1));
  EXPECT_THAT(store_.ServicesOf(N("a.local")), SizeIs(1));
  EXPECT_NE(store_.Find(AddressRecord("A.local", "10.1.0.5")), nullptr);
  EXPECT_EQ(store_.Find(AddressRecord("a.local", "10.1.0.6")), nullptr);
  EXPECT_EQ(store_.size(), 2);
}

TEST_F(RecordStoreTest, WhatIsRemovedIsGoneFromEveryIndex) {
  CachedRecord* srv =
      Add(SrvRecord("w._http._tcp.local", "a.local", 80), "10.1.0.5");
  store_.Remove(srv);
  EXPECT_THAT(store_.Named(N("w._http._tcp.local")), IsEmpty());
  EXPECT_THAT(store_.ServicesOf(N("a.local")), IsEmpty());
  EXPECT_EQ(store_.FirstToExpire(), nullptr);
  EXPECT_EQ(store_.size(), 0);
  EXPECT_EQ(store_.bytes(), 0);
  EXPECT_THAT(evicted_, IsEmpty());
}

TEST_F(RecordStoreTest, KnowsWhichExpiresFirst) {
  Add(AddressRecord("a.local", "10.1.0.5", 120), "10.1.0.5");
  CachedRecord* b = Add(AddressRecord("b.local", "10.1.0.6", 10), "10.1.0.6");
  EXPECT_EQ(store_.FirstToExpire(), b);
  store_.SetExpiry(b, now_ + absl::Hours(1));
  EXPECT_EQ(store_.FirstToExpire()->record.name, N("a.local"));
}

TEST_F(RecordStoreTest, OneSenderPushesOutHisOwnRecordsOnly) {
  AddHost("good.local", "10.1.0.5");
  for (int i = 0; i < 100; ++i) {
    AddHost("flood" + std::to_string(i) + ".local", "10.1.0.66");
  }
  EXPECT_TRUE(Has("good.local"));
  EXPECT_EQ(store_.size(), 1 + 4);
  EXPECT_TRUE(Has("flood99.local"));
  EXPECT_FALSE(Has("flood95.local"));
}

TEST_F(RecordStoreTest, ManySendersDoNotPushOutWhatWasAskedFor) {
  AddHost("wanted.local", "10.1.0.5", /*asked=*/true);
  for (int i = 0; i < 100; ++i) {
    AddHost("flood" + std::to_string(i) + ".local",
            "10.1.0." + std::to_string(10 + i));
  }
  EXPECT_TRUE(Has("wanted.local"));
  EXPECT_EQ(store_.size(), 16);
}

TEST_F(RecordStoreTest, OneSenderHasAShareOfWhatWasAskedForToo) {
  AddHost("wanted.local", "10.1.0.5", /*asked=*/true);
  for (int i = 0; i < 100; ++i) {
    AddHost("flood" + std::to_string(i) + ".local", "10.1.0.66",
            /*asked=*/true);
  }
  EXPECT_TRUE(Has("wanted.local"));
  EXPECT_EQ(store_.size(), 1 + 8);
}

TEST_F(RecordStoreTest, TheLeastRecentlyUsedGoesFirst) {
  for (int i = 0; i < 16; ++i) {
    AddHost("h" + std::to_string(i) + ".local",
            "10.1.0." + std::to_string(10 + i));
  }
  store_.Touch(store_.Named(N("h0.local"))[0], /*asked=*/false);
  AddHost("new.local", "10.1.0.99");
  EXPECT_THAT(evicted_, ElementsAre("h1.local"));
}

TEST_F(RecordStoreTest, TouchingAsAskedProtectsAndReleasingEndsThat) {
  CachedRecord* a = AddHost("a.local", "10.1.0.9");
  store_.Touch(a, /*asked=*/true);
  const auto flood = [&] {
    for (int i = 0; i < 20; ++i) {
      AddHost("f" + std::to_string(i) + ".local",
              "10.1.0." + std::to_string(10 + i));
    }
  };
  flood();
  EXPECT_TRUE(Has("a.local"));
  store_.Release(a);
  flood();
  EXPECT_FALSE(Has("a.local"));
}

TEST_F(RecordStoreTest, OfASetOneSenderHoldsHalf) {
  Add(AddressRecord("a.local", "10.1.0.5"), "10.1.0.5", true);
  for (int i = 10; i < 50; ++i) {
    Add(AddressRecord("a.local", "10.1.0." + std::to_string(i)), "10.1.0.66",
        true);
  }
  EXPECT_NE(store_.Find(AddressRecord("a.local", "10.1.0.5")), nullptr);
  EXPECT_THAT(store_.Named(N("a.local")), SizeIs(1 + 2));
}

TEST_F(RecordStoreTest, OfTheInstancesOfAServiceAQuarter) {
  Add(PtrRecord("_x._tcp.local", "good._x._tcp.local"), "10.1.0.5", true);
  for (int i = 0; i < 50; ++i) {
    Add(PtrRecord("_x._tcp.local", "f" + std::to_string(i) + "._x._tcp.local"),
        "10.1.0.66", true);
  }
  EXPECT_THAT(store_.Named(N("_x._tcp.local")), SizeIs(1 + 2));
}

TEST_F(RecordStoreTest, ASetIsBoundedWhoeverSends) {
  for (int i = 0; i < 50; ++i) {
    Add(PtrRecord("_x._tcp.local", "f" + std::to_string(i) + "._x._tcp.local"),
        "10.1.0." + std::to_string(10 + i), true);
  }
  EXPECT_THAT(store_.Named(N("_x._tcp.local")), SizeIs(8));
  EXPECT_EQ(evicted_.size(), 42U);
}

TEST(RecordStoreBytesTest, BytesAreBoundedWhateverTheRecords) {
  StoreLimits limits;
  limits.max_bytes = 64 << 10;
  RecordStore store(limits);
  for (int i = 0; i < 1000; ++i) {
    CachedRecord cached;
    cached.record =
        TxtRecord("t" + std::to_string(i) + ".local",
                  std::vector<std::string>(10, std::string(200, 'x')));
    cached.source = Ip("10.1.0." + std::to_string(10 + i % 200));
    cached.expires = absl::FromUnixSeconds(i);
    store.Add(std::move(cached), i % 2 == 0);
    ASSERT_LE(store.bytes(), limits.max_bytes);
  }
  EXPECT_GT(store.size(), 10);
}

TEST(RecordStoreBytesTest, ARecordThatIsTooLargeIsRefused) {
  StoreLimits limits;
  limits.max_bytes = 64 << 10;
  RecordStore store(limits);
  CachedRecord cached;
  cached.record =
      TxtRecord("t.local", std::vector<std::string>(40, std::string(200, 'x')));
  EXPECT_EQ(store.Add(std::move(cached), true), nullptr);
  EXPECT_EQ(store.size(), 0);
}

}  // namespace
}  // namespace localstore::resolver
