#include "resolver/dns/wire_writer.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/dns/wire_reader.h"

namespace localstore::resolver::dns {
namespace {

using ::testing::ElementsAre;

Name Parsed(absl::string_view text) { return *Name::Parse(text); }

std::string Text(const std::vector<uint8_t>& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

TEST(WireWriterTest, WritesIntegersInNetworkOrder) {
  WireWriter out;
  out.AppendU8(1);
  out.AppendU16(0x0203);
  out.AppendU32(0x04050607);
  EXPECT_THAT(out.TakeBytes(), ElementsAre(1, 2, 3, 4, 5, 6, 7));
}

TEST(WireWriterTest, WritesOverTwoBytes) {
  WireWriter out;
  out.AppendU32(0);
  out.PatchU16(1, 0x0102);
  EXPECT_THAT(out.TakeBytes(), ElementsAre(0, 1, 2, 0));
}

TEST(WireWriterTest, WritesAPointerToTheSameName) {
  WireWriter out;
  out.AppendName(Parsed("store.local"));
  out.AppendName(Parsed("store.local"));
  EXPECT_EQ(Text(out.TakeBytes()), std::string("\5store\5local\0\xc0\0", 15));
}

TEST(WireWriterTest, WritesAPointerToTheLongestEndThatIsThere) {
  WireWriter out;
  out.AppendName(Parsed("_http._tcp.local"));
  out.AppendName(Parsed("_https._tcp.local"));
  out.AppendName(Parsed("x._https._tcp.local"));
  EXPECT_EQ(Text(out.TakeBytes()),
            std::string("\5_http\4_tcp\5local\0"  // 0
                        "\6_https\xc0\6"          // 18
                        "\1x\xc0\x12",
                        31));
}

TEST(WireWriterTest, KeepsEachSpelling) {
  WireWriter out;
  out.AppendName(Parsed("store.local"));
  out.AppendName(Parsed("STORE.local"));
  EXPECT_EQ(Text(out.TakeBytes()),
            std::string("\5store\5local\0\5STORE\xc0\6", 21));
}

TEST(WireWriterTest, DoesNotTakeADotInALabelForOneBetweenLabels) {
  WireWriter out;
  out.AppendName(Parsed("a.b"));
  out.AppendName(Parsed("a\\.b"));
  EXPECT_EQ(Text(out.TakeBytes()), std::string("\1a\1b\0\3a.b\0", 10));
}

TEST(WireWriterTest, WritesTheRootAsItIs) {
  WireWriter out;
  out.AppendName(Name());
  out.AppendName(Name());
  EXPECT_THAT(out.TakeBytes(), ElementsAre(0, 0));
}

TEST(WireWriterTest, PointsNoFurtherThan14Bits) {
  WireWriter out;
  out.AppendBytes(std::string(0x3fff, 'x'));
  out.AppendName(Parsed("a.local"));  // "a" is at 0x3fff, "local" at 0x4001
  out.AppendName(Parsed("a.local"));
  out.AppendName(Parsed("local"));
  const std::string bytes = Text(out.TakeBytes());
  EXPECT_EQ(bytes.substr(0x3fff),
            std::string("\1a\5local\0\xff\xff\5local\0", 18));
}

TEST(WireWriterTest, WritesWhatTheReaderReads) {
  const std::vector<std::string> names = {
      "local",      "store.local", "images.store.local", "x.images.store.local",
      "X.local",    ".",           "store.local",        "a\\.b.store.local",
      "local.local"};
  WireWriter out;
  out.AppendBytes(std::string(kHeaderBytes, '\0'));
  for (const std::string& name : names) out.AppendName(Parsed(name));
  const std::vector<uint8_t> bytes = out.TakeBytes();
  NameBudget budget;
  WireReader reader(bytes, budget);
  absl::Span<const uint8_t> header;
  ASSERT_TRUE(reader.ReadBytes(kHeaderBytes, header));
  for (const std::string& expected : names) {
    Name name;
    ASSERT_TRUE(reader.ReadName(name)) << expected;
    EXPECT_EQ(name.ToString(), expected);
  }
  EXPECT_EQ(reader.remaining(), 0U);
}

}  // namespace
}  // namespace localstore::resolver::dns
