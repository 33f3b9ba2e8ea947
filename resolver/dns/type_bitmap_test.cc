#include "resolver/dns/type_bitmap.h"

#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using Bytes = std::vector<uint8_t>;

constexpr Type kCaa = static_cast<Type>(257);

TEST(TypeBitmapTest, ReadsTypesAscending) {
  EXPECT_THAT(ReadTypeBitmap(Bytes{0, 4, 0x40, 0, 0, 8}),
              Optional(ElementsAre(Type::kA, Type::kAaaa)));
}

TEST(TypeBitmapTest, ReadsSeveralWindows) {
  EXPECT_THAT(ReadTypeBitmap(Bytes{0, 1, 0x40, 1, 1, 0x40, 255, 1, 1}),
              Optional(ElementsAre(Type::kA, kCaa, static_cast<Type>(65287))));
}

TEST(TypeBitmapTest, ReadsNoTypesFromNoBytes) {
  EXPECT_THAT(ReadTypeBitmap({}), Optional(IsEmpty()));
}

TEST(TypeBitmapTest, LetsZerosAtTheEndOfAWindowPass) {
  EXPECT_THAT(ReadTypeBitmap(Bytes{0, 3, 0x40, 0, 0}),
              Optional(ElementsAre(Type::kA)));
}

TEST(TypeBitmapTest, ReadsAFullWindow) {
  Bytes bytes = {7, 32};
  bytes.insert(bytes.end(), 32, 0xff);
  const auto types = ReadTypeBitmap(bytes);
  ASSERT_TRUE(types.has_value());
  ASSERT_EQ(types->size(), 256U);
  EXPECT_EQ(types->front(), static_cast<Type>(0x700));
  EXPECT_EQ(types->back(), static_cast<Type>(0x7ff));
}

TEST(TypeBitmapTest, RefusesWhatIsMalformed) {
  Bytes too_wide = {0, 33};
  too_wide.insert(too_wide.end(), 33, 0xff);
  for (const Bytes& bytes :
       {Bytes{0}, Bytes{0, 1}, Bytes{0, 2, 0x40}, Bytes{0, 0},
        Bytes{0, 1, 0x40, 0}, Bytes{0, 1, 0x40, 0, 1, 0x40},
        Bytes{1, 1, 0x40, 0, 1, 0x40}, too_wide}) {
    EXPECT_FALSE(ReadTypeBitmap(bytes).has_value())
        << ::testing::PrintToString(bytes);
  }
}

TEST(TypeBitmapTest, WritesNoMoreBytesThanNeeded) {
  EXPECT_THAT(WriteTypeBitmap({Type::kA, Type::kAaaa}),
              ElementsAre(0, 4, 0x40, 0, 0, 8));
  EXPECT_THAT(WriteTypeBitmap({}), IsEmpty());
}

TEST(TypeBitmapTest, WritesInOrderAndOnceWhateverIsGiven) {
  EXPECT_THAT(WriteTypeBitmap({kCaa, Type::kAaaa, Type::kA, Type::kA}),
              ElementsAre(0, 4, 0x40, 0, 0, 8, 1, 1, 0x40));
}

TEST(TypeBitmapTest, ReadsWhatItWrites) {
  std::vector<Type> types;
  for (uint32_t number = 0; number <= 0xffff; number += 37) {
    types.push_back(static_cast<Type>(number));
  }
  EXPECT_THAT(ReadTypeBitmap(WriteTypeBitmap(types)), Optional(types));
}

}  // namespace
}  // namespace localstore::resolver::dns
