// What RFC 6762 asks of whoever reads a message, by its sections.
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/dns/raw_message.h"
#include "resolver/dns/reader.h"

namespace localstore::resolver::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

ReadResult Read(const RawMessage& message) {
  absl::StatusOr<ReadResult> result = ReadMessage(message.bytes());
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : ReadResult();
}

Message ReadFlags(uint16_t flags, uint16_t id = 0) {
  return Read(RawMessage({}, flags, id)).message;
}

// What flags that are ignored on receipt must not change.
void ExpectSameAsWithoutFlags(uint16_t flags) {
  const Message with =
      Read(RawMessage({0, 1}, 0x8400 | flags).AddressRecord("store.local", 5))
          .message;
  const Message without =
      Read(RawMessage({0, 1}, 0x8400).AddressRecord("store.local", 5)).message;
  EXPECT_EQ(with.answers, without.answers);
  EXPECT_EQ(with.response, without.response);
  EXPECT_EQ(with.opcode, without.opcode);
  EXPECT_EQ(with.authoritative, without.authoritative);
  EXPECT_EQ(with.truncated, without.truncated);
  EXPECT_EQ(with.rcode, without.rcode);
}

// An NSEC record as section 6.1 has it, and addresses around it.
RawMessage WithNsec(const std::string& bitmap) {
  RawMessage message({0, 1, 0, 2});
  message.AddressRecord("store.local", 5);
  message.Pointer(12).BeginRdata(47, 0x8001).Pointer(12).Text(bitmap);
  return message.EndRdata().AddressRecord("store.local", 6);
}

TEST(Rfc6762Section5Dot4, TellsAQuestionThatWantsAUnicastAnswer) {
  RawMessage message({2}, 0);
  message.Name("store.local").U16(1).U16(0x8001);
  message.Pointer(12).U16(28).U16(1);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.questions, SizeIs(2));
  EXPECT_TRUE(result.message.questions[0].unicast_response);
  EXPECT_EQ(result.message.questions[0].klass, kClassIn);
  EXPECT_EQ(result.message.questions[0].type, Type::kA);
  EXPECT_FALSE(result.message.questions[1].unicast_response);
  EXPECT_EQ(result.message.questions[1].name.ToString(), "store.local");
}

TEST(Rfc6762Section6Dot1, ReadsANsecWhoseNameIsAPointer) {
  const ReadResult result = Read(WithNsec(std::string("\0\4\x40\0\0\x08", 6)));
  ASSERT_THAT(result.message.additionals, SizeIs(2));
  const auto& data = std::get<NsecData>(result.message.additionals[0].data);
  EXPECT_EQ(data.next, result.message.additionals[0].name);
  EXPECT_THAT(data.types, ElementsAre(Type::kA, Type::kAaaa));
}

TEST(Rfc6762Section6Dot1, ANsecThatCannotBeReadIsIgnoredAndNothingElse) {
  for (const std::string& bitmap :
       {std::string("\0", 1), std::string("\0\0", 2), std::string("\0\x21", 2),
        std::string("\1\1\x40\0\1\x40", 6), std::string("\xff\xff\xff", 3)}) {
    const ReadResult result = Read(WithNsec(bitmap));
    EXPECT_THAT(result.message.answers, SizeIs(1));
    ASSERT_THAT(result.message.additionals, SizeIs(1));
    EXPECT_EQ(result.message.additionals[0].type, Type::kA);
    EXPECT_EQ(result.records_skipped, 1);
    EXPECT_EQ(result.problem, "");
  }
}

TEST(Rfc6762Section6Dot1, ReadsANsecOfTypesOver255) {
  const ReadResult result = Read(WithNsec(std::string("\1\1\x40", 3)));
  ASSERT_THAT(result.message.additionals, SizeIs(2));
  EXPECT_THAT(std::get<NsecData>(result.message.additionals[0].data).types,
              ElementsAre(static_cast<Type>(257)));
}

TEST(Rfc6762Section6Dot7, ReadsALegacyUnicastAnswerWithItsIdAndQuestion) {
  RawMessage message({1, 1}, 0x8400, 0xbeef);
  message.Name("store.local").U16(1).U16(1);
  message.Pointer(12).RecordHead(1, 1, 10, 4).U32(0x0a010005);
  const ReadResult result = Read(message);
  EXPECT_EQ(result.message.id, 0xbeef);
  ASSERT_THAT(result.message.questions, SizeIs(1));
  EXPECT_EQ(result.message.questions[0].name.ToString(), "store.local");
  ASSERT_THAT(result.message.answers, SizeIs(1));
  EXPECT_FALSE(result.message.answers[0].cache_flush);
  EXPECT_EQ(result.message.answers[0].ttl, 10U);
}

TEST(Rfc6762Section10Dot2, MasksTheCacheFlushBit) {
  RawMessage message({0, 2});
  message.Name("store.local").RecordHead(1, 0x8001, 120, 4).U32(1);
  message.Pointer(12).RecordHead(1, 0x0001, 120, 4).U32(2);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.answers, SizeIs(2));
  EXPECT_TRUE(result.message.answers[0].cache_flush);
  EXPECT_FALSE(result.message.answers[1].cache_flush);
  for (const Record& record : result.message.answers) {
    EXPECT_EQ(record.klass, kClassIn);
    EXPECT_TRUE(std::holds_alternative<AddressData>(record.data));
  }
}

TEST(Rfc6762Section10Dot2, MasksTheBitOfAnyOtherClassAsWell) {
  RawMessage message({0, 1});
  message.Name("store.local").RecordHead(1, 0x80fe, 120, 0);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.answers, SizeIs(1));
  EXPECT_EQ(result.message.answers[0].klass, 0xfe);
  EXPECT_TRUE(result.message.answers[0].cache_flush);
}

TEST(Rfc6762Section10Dot2, TakesTheClassOfOptForTheSizeThatItIs) {
  RawMessage message({0, 0, 0, 1});
  message.U8(0).BeginRdata(41, 0x85a0, 0x1194).U16(4).U16(2).U16(9).EndRdata();
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.additionals, SizeIs(1));
  const Record& opt = result.message.additionals[0];
  EXPECT_EQ(opt.klass, 0x85a0);
  EXPECT_FALSE(opt.cache_flush);
  EXPECT_EQ(opt.data, RecordData(OpaqueData{std::string("\0\4\0\2\0\x09", 6)}));
}

TEST(Rfc6762Section10Dot1, ReadsATtlOfZero) {
  RawMessage message({0, 1});
  message.Name("store.local").RecordHead(1, 0x8001, 0, 4).U32(1);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.answers, SizeIs(1));
  EXPECT_EQ(result.message.answers[0].ttl, 0U);
}

TEST(Rfc6762Section16, ReadsNamesOfUtf8AndKeepsTheirSpelling) {
  RawMessage message({0, 1});
  message.AddressRecord(
      "St\xc3\xbc"
      "be.LOCAL",
      5);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.answers, SizeIs(1));
  EXPECT_EQ(result.message.answers[0].name.ToString(),
            "St\xc3\xbc"
            "be.LOCAL");
  EXPECT_EQ(result.message.answers[0].name, *Name::Parse("st\xc3\xbc"
                                                         "BE.local"));
}

TEST(Rfc6762Section17, ReadsAMessageOfTheGreatestSize) {
  constexpr size_t kMost = 9000 - 20 - 8;  // behind IPv4 and UDP headers
  RawMessage message({0, 2});
  message.AddressRecord("store.local", 5);
  message.Pointer(12).BeginRdata(65280);
  message.Text(std::string(kMost - message.size(), 'x')).EndRdata();
  ASSERT_EQ(message.size(), kMost);
  const ReadResult result = Read(message);
  EXPECT_THAT(result.message.answers, SizeIs(2));
  EXPECT_EQ(result.problem, "");
}

TEST(Rfc6762Section18Dot1, ReadsAResponseWhateverItsId) {
  EXPECT_EQ(ReadFlags(0x8400, 0).id, 0);
  EXPECT_EQ(ReadFlags(0x8400, 0xffff).id, 0xffff);
}

TEST(Rfc6762Section18Dot2, TellsQueriesFromResponses) {
  EXPECT_FALSE(ReadFlags(0x0000).response);
  EXPECT_FALSE(ReadFlags(0x7fff).response);
  EXPECT_TRUE(ReadFlags(0x8000).response);
}

TEST(Rfc6762Section18Dot3, TellsTheOpcodeSoThatOthersCanBeIgnored) {
  EXPECT_EQ(ReadFlags(0x8400).opcode, 0);
  EXPECT_EQ(ReadFlags(0xa800).opcode, 5);
  EXPECT_EQ(ReadFlags(0x7800).opcode, 15);
  EXPECT_EQ(ReadFlags(0x87ff).opcode, 0);
}

TEST(Rfc6762Section18Dot4, ReadsResponsesWithAndWithoutAa) {
  EXPECT_TRUE(ReadFlags(0x8400).authoritative);
  EXPECT_FALSE(ReadFlags(0xfbff).authoritative);
}

TEST(Rfc6762Section18Dot5, TellsTc) {
  EXPECT_TRUE(ReadFlags(0x0200).truncated);
  EXPECT_FALSE(ReadFlags(0xfdff).truncated);
}

TEST(Rfc6762Section18Dot6, IgnoresRd) { ExpectSameAsWithoutFlags(0x0100); }

TEST(Rfc6762Section18Dot7, IgnoresRa) { ExpectSameAsWithoutFlags(0x0080); }

TEST(Rfc6762Section18Dot8, IgnoresZ) { ExpectSameAsWithoutFlags(0x0040); }

TEST(Rfc6762Section18Dot9, IgnoresAd) { ExpectSameAsWithoutFlags(0x0020); }

TEST(Rfc6762Section18Dot10, IgnoresCd) { ExpectSameAsWithoutFlags(0x0010); }

TEST(Rfc6762Section18Dot11, TellsTheRcodeSoThatOthersCanBeIgnored) {
  EXPECT_EQ(ReadFlags(0x8400).rcode, 0);
  EXPECT_EQ(ReadFlags(0x8403).rcode, 3);
  EXPECT_EQ(ReadFlags(0xfff0).rcode, 0);
}

TEST(Rfc6762Section18Dot12, TakesTheTopBitOfAQuestionsClassForItself) {
  RawMessage message({1}, 0);
  message.Name("store.local").U16(255).U16(0x80ff);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.questions, SizeIs(1));
  EXPECT_EQ(result.message.questions[0].klass, 255);
  EXPECT_EQ(result.message.questions[0].type, Type::kAny);
  EXPECT_TRUE(result.message.questions[0].unicast_response);
}

TEST(Rfc6762Section18Dot13, TakesTheTopBitOfARecordsClassForItself) {
  RawMessage message({0, 0, 0, 1});
  message.AddressRecord("store.local", 5);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.additionals, SizeIs(1));
  EXPECT_EQ(result.message.additionals[0].klass, kClassIn);
  EXPECT_TRUE(result.message.additionals[0].cache_flush);
}

TEST(Rfc6762Section18Dot14, ReadsCompressedNamesOfRecords) {
  RawMessage message({0, 2});
  message.AddressRecord("store.local", 5);
  message.Label("images").Pointer(12).RecordHead(1, 1, 120, 4).U32(1);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.answers, SizeIs(2));
  EXPECT_EQ(result.message.answers[1].name.ToString(), "images.store.local");
}

TEST(Rfc6762Section18Dot14, ReadsCompressedNamesInTheDataOfEachType) {
  RawMessage message({0, 4});
  message.Name("_http._tcp.local").BeginRdata(12);
  message.Label("x").Pointer(12).EndRdata();
  message.Pointer(12).BeginRdata(5).Pointer(23).EndRdata();
  message.Pointer(12).BeginRdata(33).U16(0).U16(0).U16(80);
  message.Label("store").Pointer(23).EndRdata();
  message.Pointer(12).BeginRdata(47).Pointer(12).U16(1).U8(0x40).EndRdata();
  const ReadResult result = Read(message);
  const std::vector<Record>& answers = result.message.answers;
  ASSERT_THAT(answers, SizeIs(4));
  EXPECT_EQ(std::get<NameData>(answers[0].data).target.ToString(),
            "x._http._tcp.local");
  EXPECT_EQ(std::get<NameData>(answers[1].data).target.ToString(), "local");
  EXPECT_EQ(std::get<SrvData>(answers[2].data).target.ToString(),
            "store.local");
  EXPECT_EQ(std::get<NsecData>(answers[3].data).next.ToString(),
            "_http._tcp.local");
}

TEST(Rfc6762Section18Dot14, ReadsNamesThatPointIntoTheDataOfOthers) {
  RawMessage message({0, 2});
  message.Name("_http._tcp.local").BeginRdata(33).U16(0).U16(0).U16(80);
  const size_t target = message.size();
  message.Label("store").Pointer(23).EndRdata();
  message.Pointer(target).RecordHead(1, 1, 120, 4).U32(1);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.answers, SizeIs(2));
  EXPECT_EQ(result.message.answers[1].name.ToString(), "store.local");
}

TEST(Rfc6762Section18Dot14, ReadsUncompressedNamesAsWell) {
  RawMessage message({0, 1});
  message.Name("x.local").BeginRdata(33).U16(0).U16(0).U16(80);
  message.Name("store.local").EndRdata();
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.answers, SizeIs(1));
  EXPECT_EQ(std::get<SrvData>(result.message.answers[0].data).target,
            *Name::Parse("store.local"));
  EXPECT_EQ(result.records_skipped, 0);
}

}  // namespace
}  // namespace localstore::resolver::dns
