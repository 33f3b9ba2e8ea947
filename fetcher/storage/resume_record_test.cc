#include "fetcher/storage/resume_record.h"

#include "absl/strings/str_cat.h"
#include "fetcher/pipeline/sha256.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

ResumeRecord Record() {
  ResumeRecord record;
  record.source = Sha256Hex("http://store.local/image");
  record.etag = "\"5f3b-1a: b\"";
  record.last_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  record.last_modified_strong = true;
  record.sha256 = Sha256Hex("image");
  record.total_bytes = int64_t{40} << 30;
  record.durable_bytes = int64_t{39} << 30;
  record.durable_sha256 = Sha256Hex("ima");
  return record;
}

TEST(ResumeRecordTest, ComesBackAsItWas) {
  EXPECT_EQ(ParseResumeRecord(FormatResumeRecord(Record())), Record());
}

TEST(ResumeRecordTest, WhatIsNotKnownMayBeMissing) {
  ResumeRecord record;
  record.source = Record().source;
  EXPECT_EQ(ParseResumeRecord(FormatResumeRecord(record)), record);
}

TEST(ResumeRecordTest, AnyFlippedBitIsSeen) {
  const std::string good = FormatResumeRecord(Record());
  for (size_t i = 0; i < good.size() * 8; ++i) {
    std::string bad = good;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(ParseResumeRecord(bad).has_value()) << i;
  }
}

TEST(ResumeRecordTest, AnyCutIsSeen) {
  const std::string good = FormatResumeRecord(Record());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseResumeRecord(good.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(ParseResumeRecord(good + "\n").has_value());
  EXPECT_FALSE(ParseResumeRecord(good + std::string(10'000, '\0')).has_value());
}

TEST(ResumeRecordTest, WhatMakesNoSenseIsNone) {
  ResumeRecord record = Record();
  record.durable_bytes = record.total_bytes + 1;
  EXPECT_FALSE(ParseResumeRecord(FormatResumeRecord(record)).has_value());
  record = Record();
  record.durable_bytes = -1;
  EXPECT_FALSE(ParseResumeRecord(FormatResumeRecord(record)).has_value());
  record = Record();
  record.sha256 = "abc";
  EXPECT_FALSE(ParseResumeRecord(FormatResumeRecord(record)).has_value());
  record = Record();
  record.durable_sha256 = "abc";
  EXPECT_FALSE(ParseResumeRecord(FormatResumeRecord(record)).has_value());
  record = Record();
  record.source = "http://store.local/image";
  EXPECT_FALSE(ParseResumeRecord(FormatResumeRecord(record)).has_value());
}

}  // namespace
}  // namespace localstore::fetcher
