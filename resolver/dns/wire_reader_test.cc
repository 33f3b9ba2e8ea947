#include "resolver/dns/wire_reader.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "resolver/dns/raw_message.h"

namespace localstore::resolver::dns {
namespace {

constexpr absl::string_view kLabel10 = "abcdefghij";

// Reads the name at `offset` of a message made by hand.
class NameReadingTest : public ::testing::Test {
 protected:
  bool ReadAt(const RawMessage& message, size_t offset) {
    NameBudget budget;
    WireReader reader(message.bytes(), budget);
    absl::Span<const uint8_t> skipped;
    EXPECT_TRUE(reader.ReadBytes(offset, skipped));
    const bool read = reader.ReadName(name_);
    after_ = reader.offset();
    return read;
  }

  Name name_;
  size_t after_ = 0;
};

TEST(WireReaderTest, ReadsIntegersInNetworkOrder) {
  const std::vector<uint8_t> bytes = {1, 0xff, 2, 0x89, 0xab, 0xcd, 0xef};
  NameBudget budget;
  WireReader reader(bytes, budget);
  uint8_t u8 = 0;
  uint16_t u16 = 0;
  uint32_t u32 = 0;
  ASSERT_TRUE(reader.ReadU8(u8));
  ASSERT_TRUE(reader.ReadU16(u16));
  ASSERT_TRUE(reader.ReadU32(u32));
  EXPECT_EQ(u8, 1);
  EXPECT_EQ(u16, 0xff02);
  EXPECT_EQ(u32, 0x89abcdefU);
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(WireReaderTest, StaysWhereItIsWhenThereIsTooLittle) {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  NameBudget budget;
  WireReader reader(bytes, budget);
  uint8_t u8 = 0;
  uint16_t u16 = 7;
  uint32_t u32 = 7;
  absl::Span<const uint8_t> span;
  WireReader slice = reader;
  EXPECT_FALSE(reader.ReadU32(u32));
  EXPECT_FALSE(reader.ReadBytes(4, span));
  EXPECT_FALSE(reader.ReadSlice(4, slice));
  EXPECT_FALSE(reader.ReadBytes(SIZE_MAX, span));
  EXPECT_EQ(reader.offset(), 0U);
  ASSERT_TRUE(reader.ReadBytes(2, span));
  EXPECT_FALSE(reader.ReadU16(u16));
  EXPECT_EQ(reader.offset(), 2U);
  ASSERT_TRUE(reader.ReadU8(u8));
  EXPECT_FALSE(reader.ReadU8(u8));
  EXPECT_EQ(u8, 3);
  EXPECT_EQ(u16, 7);
  EXPECT_EQ(u32, 7U);
}

TEST(WireReaderTest, ASliceEndsWhereItWasToldTo) {
  const std::vector<uint8_t> bytes = {1, 2, 3, 4};
  NameBudget budget;
  WireReader reader(bytes, budget);
  WireReader slice = reader;
  ASSERT_TRUE(reader.ReadSlice(3, slice));
  EXPECT_EQ(reader.offset(), 3U);
  EXPECT_EQ(slice.remaining(), 3U);
  uint32_t u32 = 0;
  EXPECT_FALSE(slice.ReadU32(u32));
}

TEST_F(NameReadingTest, ReadsLabels) {
  RawMessage message({});
  message.Name("store.local").U8(99);
  ASSERT_TRUE(ReadAt(message, 12));
  EXPECT_EQ(name_.ToString(), "store.local");
  EXPECT_EQ(after_, message.size() - 1);
}

TEST_F(NameReadingTest, ReadsTheRoot) {
  ASSERT_TRUE(ReadAt(RawMessage({}).U8(0), 12));
  EXPECT_TRUE(name_.is_root());
  EXPECT_EQ(after_, 13U);
}

TEST_F(NameReadingTest, FollowsPointersBackAndGoesOnBehindTheFirst) {
  RawMessage message({});
  message.Name("local");                // 12
  message.Label("store").Pointer(12);   // 19
  message.Label("images").Pointer(19);  // 27
  message.U8(99);
  ASSERT_TRUE(ReadAt(message, 27));
  EXPECT_EQ(name_.ToString(), "images.store.local");
  EXPECT_EQ(after_, message.size() - 1);
}

TEST_F(NameReadingTest, RefusesAPointerToItself) {
  EXPECT_FALSE(ReadAt(RawMessage({}).Pointer(12), 12));
  EXPECT_EQ(after_, 12U);
}

TEST_F(NameReadingTest, RefusesAPointerIntoItsOwnLabels) {
  EXPECT_FALSE(ReadAt(RawMessage({}).Label("a").Pointer(12), 12));
  EXPECT_FALSE(ReadAt(RawMessage({}).Label("a").Label("b").Pointer(14), 12));
}

TEST_F(NameReadingTest, RefusesWhatRunsIntoTheNameThatPointsThere) {
  RawMessage message({});
  message.U8(5).U8(0xaa);          // 12: a label of 5 bytes, up to 17
  message.Label("b").Pointer(12);  // 14
  message.Name("local");           // 18
  EXPECT_FALSE(ReadAt(message, 14));
}

TEST_F(NameReadingTest, RefusesALoopOfTwo) {
  RawMessage message({});
  message.Label("a").Pointer(16).Label("b").Pointer(12);
  EXPECT_FALSE(ReadAt(message, 12));
  EXPECT_FALSE(ReadAt(message, 16));
}

TEST_F(NameReadingTest, RefusesAPointerForward) {
  EXPECT_FALSE(ReadAt(RawMessage({}).Pointer(14).Name("local"), 12));
}

TEST_F(NameReadingTest, RefusesAPointerBehindTheMessage) {
  EXPECT_FALSE(ReadAt(RawMessage({}).Pointer(0x3fff), 12));
}

TEST_F(NameReadingTest, RefusesAPointerIntoTheHeader) {
  // With zeros there, it would otherwise be the root.
  EXPECT_FALSE(ReadAt(RawMessage({}, 0).Pointer(4), 12));
  EXPECT_FALSE(ReadAt(RawMessage({}, 0).Pointer(11), 12));
}

TEST_F(NameReadingTest, RefusesHalfAPointer) {
  EXPECT_FALSE(ReadAt(RawMessage({}).U8(0xc0), 12));
  EXPECT_FALSE(ReadAt(RawMessage({}).Label("a").U8(0xc0), 12));
}

TEST_F(NameReadingTest, RefusesTheLabelKindsThatAreReserved) {
  for (const uint8_t kind : {0x40, 0x80}) {
    RawMessage message({});
    message.U8(kind).Text(std::string(300, '\0'));
    EXPECT_FALSE(ReadAt(message, 12)) << int{kind};
  }
}

TEST_F(NameReadingTest, TakesALabelOf63Bytes) {
  const std::string label(63, 'a');
  ASSERT_TRUE(ReadAt(RawMessage({}).Label(label).U8(0), 12));
  EXPECT_EQ(name_.ToString(), label);
}

TEST_F(NameReadingTest, RefusesALabelThatIsCutOff) {
  RawMessage message({});
  message.U8(6).Text("local");
  EXPECT_FALSE(ReadAt(message, 12));
}

TEST_F(NameReadingTest, RefusesANameWithoutAnEnd) {
  EXPECT_FALSE(ReadAt(RawMessage({}).Label("local"), 12));
  EXPECT_FALSE(ReadAt(RawMessage({}), 12));
}

TEST_F(NameReadingTest, Takes255BytesAtMostOverPointers) {
  RawMessage message({});
  for (int i = 0; i < 22; ++i) message.Label(kLabel10);  // 242 bytes
  message.U8(0);
  const size_t fits = message.size();
  message.Label("abcdefghijk").Pointer(12);  // 242 + 12 + root
  const size_t too_long = message.size();
  message.Label("abcdefghijkl").Pointer(12);
  EXPECT_TRUE(ReadAt(message, fits));
  EXPECT_EQ(name_.labels().size(), 23U);
  EXPECT_FALSE(ReadAt(message, too_long));
  EXPECT_EQ(after_, too_long);
}

TEST_F(NameReadingTest, Takes127Labels) {
  RawMessage message({});
  for (int i = 0; i < 127; ++i) message.Label("a");
  message.U8(0);
  ASSERT_TRUE(ReadAt(message, 12));
  EXPECT_EQ(name_.labels().size(), 127U);
  EXPECT_FALSE(ReadAt(RawMessage(message).Label("a").Pointer(12), 267));
}

TEST_F(NameReadingTest, FollowsAPointerOfEachLabel) {
  RawMessage message({});
  message.Name("a");
  size_t name = 12;
  for (int i = 0; i < 126; ++i) {
    const size_t longer = message.size();
    message.Label("a").Pointer(name);
    name = longer;
  }
  ASSERT_TRUE(ReadAt(message, name));
  EXPECT_EQ(name_.labels().size(), 127U);
}

TEST_F(NameReadingTest, FollowsEightPointersInARowAndNoMore) {
  RawMessage message({});
  message.Name("local");
  std::vector<size_t> pointers = {12};
  for (int i = 0; i < 9; ++i) {
    const size_t here = message.size();
    message.Pointer(pointers.back());
    pointers.push_back(here);
  }
  EXPECT_TRUE(ReadAt(message, pointers[8]));
  EXPECT_EQ(name_.ToString(), "local");
  EXPECT_FALSE(ReadAt(message, pointers[9]));
}

TEST_F(NameReadingTest, KeepsEveryByteOfALabel) {
  const std::string label("\0.\\\xc3\xa4 \xff", 7);
  ASSERT_TRUE(ReadAt(RawMessage({}).Label(label).U8(0), 12));
  ASSERT_EQ(name_.labels().size(), 1U);
  EXPECT_EQ(name_.labels()[0], label);
}

TEST(WireReaderTest, ANameInASliceEndsWithinIt) {
  RawMessage message({});
  message.Name("local");
  NameBudget budget;
  for (size_t size = 0; size < 7; ++size) {
    WireReader reader(message.bytes(), budget);
    absl::Span<const uint8_t> header;
    ASSERT_TRUE(reader.ReadBytes(12, header));
    WireReader slice = reader;
    ASSERT_TRUE(reader.ReadSlice(size, slice));
    Name name;
    EXPECT_FALSE(slice.ReadName(name)) << size;
    EXPECT_EQ(slice.offset(), 12U);
  }
}

TEST(WireReaderTest, APointerInASliceEndsWithinItAndMayLeadOutOfIt) {
  RawMessage message({});
  message.Name("local").Pointer(12);
  NameBudget budget;
  WireReader reader(message.bytes(), budget);
  absl::Span<const uint8_t> before;
  ASSERT_TRUE(reader.ReadBytes(19, before));
  WireReader whole = reader;
  WireReader half = reader;
  Name name;
  ASSERT_TRUE(WireReader(reader).ReadSlice(1, half));
  EXPECT_FALSE(half.ReadName(name));
  ASSERT_TRUE(WireReader(reader).ReadSlice(2, whole));
  EXPECT_TRUE(whole.ReadName(name));
  EXPECT_EQ(name.ToString(), "local");
}

TEST(NameBudgetTest, IsExhaustedForGood) {
  NameBudget budget;
  EXPECT_TRUE(budget.Take(NameBudget::kBytes - 1));
  EXPECT_FALSE(budget.exhausted());
  EXPECT_FALSE(budget.Take(2));
  EXPECT_TRUE(budget.exhausted());
  EXPECT_FALSE(budget.Take(1));
}

TEST(NameBudgetTest, IsSpentByNamesThatAreRefusedAsWell) {
  RawMessage message({});
  for (int i = 0; i < 127; ++i) message.Label("a");  // no end
  NameBudget budget;
  WireReader reader(message.bytes(), budget);
  absl::Span<const uint8_t> header;
  ASSERT_TRUE(reader.ReadBytes(12, header));
  Name name;
  for (size_t i = 0; i < NameBudget::kBytes / kMaxNameBytes; ++i) {
    EXPECT_FALSE(reader.ReadName(name));
    ASSERT_FALSE(budget.exhausted());
  }
  EXPECT_FALSE(reader.ReadName(name));
  EXPECT_FALSE(reader.ReadName(name));
  EXPECT_TRUE(budget.exhausted());
}

}  // namespace
}  // namespace localstore::resolver::dns
