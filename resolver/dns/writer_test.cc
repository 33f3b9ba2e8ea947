#include "resolver/dns/writer.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/dns/reader.h"

namespace localstore::resolver::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr Type kTypeOpt = static_cast<Type>(41);
constexpr Type kTypePrivate = static_cast<Type>(65280);

Name Parsed(absl::string_view text) { return *Name::Parse(text); }

Record Make(Type type, absl::string_view name, RecordData data) {
  Record record;
  record.name = Parsed(name);
  record.type = type;
  record.ttl = 120;
  record.data = std::move(data);
  return record;
}

Record Address(absl::string_view name, absl::string_view address) {
  const IpAddress ip = *IpAddress::Parse(address);
  return Make(ip.family() == IpFamily::kIpv4 ? Type::kA : Type::kAaaa, name,
              AddressData{ip});
}

Record Opaque(size_t bytes) {
  return Make(kTypePrivate, "x.local", OpaqueData{std::string(bytes, 'x')});
}

Message Response(std::vector<Record> answers) {
  Message message;
  message.response = true;
  message.authoritative = true;
  message.answers = std::move(answers);
  return message;
}

std::vector<uint8_t> Written(const Message& message) {
  const auto bytes = WriteMessage(message);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : std::vector<uint8_t>();
}

absl::StatusCode CodeOf(const Message& message,
                        size_t max_bytes = kMaxMessageBytes) {
  return WriteMessage(message, max_bytes).status().code();
}

absl::StatusCode CodeOf(Record record) {
  return CodeOf(Response({std::move(record)}));
}

Message ReadBack(const Message& message) {
  const auto result = ReadMessage(Written(message));
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return Message();
  EXPECT_EQ(result->problem, "");
  EXPECT_EQ(result->records_skipped, 0);
  return result->message;
}

uint16_t FlagsOf(const Message& message) {
  const std::vector<uint8_t> bytes = Written(message);
  return static_cast<uint16_t>(bytes.at(2) << 8 | bytes.at(3));
}

// How many bytes less the second of two equal records takes than the first.
size_t SavedBy(const Record& record) {
  const size_t alone = Written(Response({record})).size();
  const size_t twice = Written(Response({record, record})).size();
  return 2 * (alone - 12) - (twice - 12);
}

TEST(WriterTest, WritesAQuery) {
  Message message;
  message.questions = {{Parsed("a.local"), Type::kA, kClassIn, true},
                       {Parsed("a.local"), Type::kAaaa, kClassIn, false}};
  EXPECT_THAT(
      Written(message),
      ElementsAreArray(std::vector<uint8_t>{
          0,    0,   0,    0,   0,   2,   0,   0,   0, 0, 0, 0,  // header
          1,    'a', 5,    'l', 'o', 'c', 'a', 'l', 0,           // 12
          0,    1,   0x80, 1,                                    // A, QU
          0xc0, 12,  0,    28,  0,   1}));                       // AAAA
}

TEST(WriterTest, WritesAnAddress) {
  Record record = Address("a.local", "10.1.0.5");
  record.cache_flush = true;
  EXPECT_THAT(Written(Response({record})),
              ElementsAreArray(std::vector<uint8_t>{
                  0, 0,   0x84, 0,   0,   0,   0,   1,   0, 0, 0,  0,  //
                  1, 'a', 5,    'l', 'o', 'c', 'a', 'l', 0,            //
                  0, 1,   0x80, 1,   0,   0,   0,   120, 0, 4, 10, 1, 0, 5}));
}

TEST(WriterTest, WritesWhatTheReaderReadsBack) {
  Message message;
  message.id = 0xbeef;
  message.response = true;
  message.authoritative = true;
  message.truncated = true;
  message.opcode = 5;
  message.rcode = 3;
  message.questions = {{Parsed("_http._tcp.local"), Type::kPtr, 255, true}};
  Record opt = Make(kTypeOpt, ".", OpaqueData{"x"});
  opt.klass = 0x85a0;
  Record chaos = Make(Type::kTxt, "version.bind", OpaqueData{"\x3f!"});
  chaos.klass = 3;
  Record flushed = Address("store.local", "fe80::5");
  flushed.cache_flush = true;
  message.answers = {
      Make(Type::kPtr, "_http._tcp.local",
           NameData{Parsed("My Store._http._tcp.local")}),
      Make(Type::kCname, "www.local", NameData{Parsed("store.local")})};
  message.authorities = {Opaque(3), chaos};
  message.additionals = {
      Make(Type::kSrv, "My Store._http._tcp.local",
           SrvData{1, 2, 8080, Parsed("store.local")}),
      Make(Type::kTxt, "My Store._http._tcp.local",
           TxtData{{"path=/images", "", std::string(255, 'x')}}),
      Address("store.local", "10.1.0.5"),
      flushed,
      Make(Type::kNsec, "store.local",
           NsecData{Parsed("store.local"), {Type::kA, Type::kAaaa}}),
      opt};
  const Message back = ReadBack(message);
  EXPECT_EQ(back.id, message.id);
  EXPECT_TRUE(back.response);
  EXPECT_TRUE(back.authoritative);
  EXPECT_TRUE(back.truncated);
  EXPECT_EQ(back.opcode, 5);
  EXPECT_EQ(back.rcode, 3);
  EXPECT_EQ(back.questions, message.questions);
  EXPECT_EQ(back.answers, message.answers);
  EXPECT_EQ(back.authorities, message.authorities);
  EXPECT_EQ(back.additionals, message.additionals);
}

TEST(WriterTest, RefusesDataThatDoesNotGoWithTheType) {
  const AddressData v4{*IpAddress::Parse("10.1.0.5")};
  const AddressData v6{*IpAddress::Parse("fe80::5")};
  for (const Record& record :
       {Make(Type::kA, "a.local", v6), Make(Type::kAaaa, "a.local", v4),
        Make(Type::kPtr, "a.local", v4), Make(Type::kCname, "a.local", v4),
        Make(Type::kSrv, "a.local", NameData{}),
        Make(Type::kTxt, "a.local", OpaqueData{}),
        Make(Type::kNsec, "a.local", TxtData{}),
        Make(kTypePrivate, "a.local", TxtData{})}) {
    EXPECT_EQ(CodeOf(record), absl::StatusCode::kInvalidArgument);
  }
  Record chaos = Address("a.local", "10.1.0.5");
  chaos.klass = 3;
  EXPECT_EQ(CodeOf(chaos), absl::StatusCode::kInvalidArgument);
}

TEST(WriterTest, SaysWhichRecordItRefuses) {
  const auto status =
      WriteMessage(Response({Make(Type::kA, "a.local", TxtData{})})).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("a.local, type 1,"));
}

TEST(WriterTest, RefusesAStringOver255Bytes) {
  EXPECT_EQ(
      CodeOf(Make(Type::kTxt, "a.local", TxtData{{std::string(256, 'x')}})),
      absl::StatusCode::kInvalidArgument);
}

TEST(WriterTest, RefusesAClassWithItsTopBit) {
  Message message;
  message.questions = {{Parsed("a.local"), Type::kA, 0x8001, false}};
  EXPECT_EQ(CodeOf(message), absl::StatusCode::kInvalidArgument);
  Record record = Address("a.local", "10.1.0.5");
  record.klass = 0x8001;
  EXPECT_EQ(CodeOf(record), absl::StatusCode::kInvalidArgument);
  Record opt = Make(kTypeOpt, ".", OpaqueData{});
  opt.cache_flush = true;
  EXPECT_EQ(CodeOf(opt), absl::StatusCode::kInvalidArgument);
}

TEST(WriterTest, RefusesAnOpcodeOrRcodeOver15) {
  Message message;
  message.opcode = 16;
  EXPECT_EQ(CodeOf(message), absl::StatusCode::kInvalidArgument);
  message.opcode = 0;
  message.rcode = 16;
  EXPECT_EQ(CodeOf(message), absl::StatusCode::kInvalidArgument);
}

TEST(WriterTest, WritesNoMoreThanItIsAllowed) {
  const Message message = Response({Address("store.local", "10.1.0.5")});
  const size_t size = Written(message).size();
  EXPECT_EQ(CodeOf(message, size), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf(message, size - 1), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf(message, 0), absl::StatusCode::kResourceExhausted);
  Message query;
  query.questions = {{Parsed("a.local"), Type::kA, kClassIn, false}};
  EXPECT_EQ(CodeOf(query, 24), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf(query, 25), absl::StatusCode::kOk);
}

TEST(WriterTest, RefusesDataThatNoLengthCanSay) {
  EXPECT_EQ(CodeOf(Opaque(65536)), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf(Response(std::vector<Record>(65536, Opaque(0)))),
            absl::StatusCode::kResourceExhausted);
}

TEST(Rfc6762Section6Dot1, WritesANsecInTheRestrictedForm) {
  const std::vector<uint8_t> bytes = Written(
      Response({Make(Type::kNsec, "a.local",
                     NsecData{Parsed("a.local"), {Type::kAaaa, Type::kA}})}));
  EXPECT_EQ(std::vector<uint8_t>(bytes.begin() + 31, bytes.end()),
            (std::vector<uint8_t>{0xc0, 12, 0, 4, 0x40, 0, 0, 8}));
}

TEST(Rfc6762Section10Dot2, WritesNoCacheFlushBitIntoAKnownAnswer) {
  Message message;
  message.questions = {{Parsed("store.local"), Type::kA, kClassIn, false}};
  message.answers = {Address("store.local", "10.1.0.5")};
  message.answers[0].cache_flush = true;
  EXPECT_FALSE(ReadBack(message).answers.at(0).cache_flush);
  message.response = true;
  EXPECT_TRUE(ReadBack(message).answers.at(0).cache_flush);
}

TEST(Rfc6762Section16, WritesNamesAsTheyAreSpelt) {
  Message message;
  message.questions = {{Parsed("St\xc3\xbc"
                               "be.LOCAL"),
                        Type::kA, kClassIn, false},
                       {Parsed("st\xc3\xbc"
                               "be.local"),
                        Type::kA, kClassIn, false}};
  const Message back = ReadBack(message);
  ASSERT_THAT(back.questions, SizeIs(2));
  EXPECT_EQ(back.questions[0].name.ToString(),
            "St\xc3\xbc"
            "be.LOCAL");
  EXPECT_EQ(back.questions[1].name.ToString(),
            "st\xc3\xbc"
            "be.local");
}

TEST(Rfc6762Section17, WritesNothingOver9000BytesWithItsHeaders) {
  constexpr size_t kIpv6AndUdpHeaders = 40 + 8;
  static_assert(kMaxMessageBytes + kIpv6AndUdpHeaders == 9000);
  constexpr size_t kBesides = 12 + 9 + 10;  // header, name, record's head
  EXPECT_THAT(Written(Response({Opaque(kMaxMessageBytes - kBesides)})),
              SizeIs(kMaxMessageBytes));
  EXPECT_EQ(CodeOf(Opaque(kMaxMessageBytes - kBesides + 1)),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf(Response({Opaque(kMaxMessageBytes - kBesides + 1)}), 65535),
            absl::StatusCode::kResourceExhausted);
}

TEST(Rfc6762Section18Dot1, WritesTheIdThatItIsGiven) {
  Message message;
  EXPECT_THAT(Written(message), SizeIs(12));
  EXPECT_EQ(ReadBack(message).id, 0);
  message.id = 0x1234;
  EXPECT_EQ(ReadBack(message).id, 0x1234);
}

TEST(Rfc6762Section18Dot2, WritesQr) {
  Message message;
  EXPECT_EQ(FlagsOf(message), 0x0000);
  message.response = true;
  EXPECT_EQ(FlagsOf(message), 0x8000);
}

TEST(Rfc6762Section18Dot3, WritesAnOpcodeOfZeroUnlessToldOtherwise) {
  EXPECT_EQ(FlagsOf(Message()) & 0x7800, 0);
}

TEST(Rfc6762Section18Dot4, WritesAa) {
  Message message;
  message.authoritative = true;
  EXPECT_EQ(FlagsOf(message), 0x0400);
}

TEST(Rfc6762Section18Dot5, WritesTc) {
  Message message;
  message.truncated = true;
  EXPECT_EQ(FlagsOf(message), 0x0200);
}

// RD, RA, Z, AD and CD, all of which must be zero on transmission.
void ExpectBitIsZeroWhateverElseIsSet(uint16_t bit) {
  Message message;
  message.response = true;
  message.authoritative = true;
  message.truncated = true;
  message.opcode = 15;
  message.rcode = 15;
  EXPECT_EQ(FlagsOf(message) & bit, 0);
}

TEST(Rfc6762Section18Dot6, WritesNoRd) {
  ExpectBitIsZeroWhateverElseIsSet(0x0100);
}

TEST(Rfc6762Section18Dot7, WritesNoRa) {
  ExpectBitIsZeroWhateverElseIsSet(0x0080);
}

TEST(Rfc6762Section18Dot8, WritesNoZ) {
  ExpectBitIsZeroWhateverElseIsSet(0x0040);
}

TEST(Rfc6762Section18Dot9, WritesNoAd) {
  ExpectBitIsZeroWhateverElseIsSet(0x0020);
}

TEST(Rfc6762Section18Dot10, WritesNoCd) {
  ExpectBitIsZeroWhateverElseIsSet(0x0010);
}

TEST(Rfc6762Section18Dot11, WritesAnRcodeOfZeroUnlessToldOtherwise) {
  EXPECT_EQ(FlagsOf(Message()) & 0x000f, 0);
}

TEST(Rfc6762Section18Dot12, WritesTheTopBitOfAQuestionsClass) {
  Message message;
  message.questions = {{Parsed("a.local"), Type::kA, kClassIn, true}};
  const std::vector<uint8_t> bytes = Written(message);
  EXPECT_EQ(bytes.at(23), 0x80);
  EXPECT_EQ(bytes.at(24), 0x01);
}

TEST(Rfc6762Section18Dot13, WritesTheTopBitOfARecordsClass) {
  Record record = Address("a.local", "10.1.0.5");
  record.cache_flush = true;
  const std::vector<uint8_t> bytes = Written(Response({record}));
  EXPECT_EQ(bytes.at(23), 0x80);
  EXPECT_EQ(bytes.at(24), 0x01);
}

TEST(Rfc6762Section18Dot14, CompressesNamesOfQuestionsAndRecords) {
  EXPECT_EQ(SavedBy(Address("store.local", "10.1.0.5")), 13 - 2U);
}

TEST(Rfc6762Section18Dot14, CompressesNamesInTheDataOfEachType) {
  const Name target = Parsed("store.local");
  // The owner's name is the root, so that the data's alone can be shorter.
  EXPECT_EQ(SavedBy(Make(Type::kPtr, ".", NameData{target})), 13 - 2U);
  EXPECT_EQ(SavedBy(Make(Type::kCname, ".", NameData{target})), 13 - 2U);
  EXPECT_EQ(SavedBy(Make(Type::kSrv, ".", SrvData{0, 0, 80, target})), 13 - 2U);
  EXPECT_EQ(SavedBy(Make(Type::kNsec, ".", NsecData{target, {Type::kA}})),
            13 - 2U);
}

TEST(Rfc6763Section6Dot1, WritesATxtWithoutStringsAsOneThatIsEmpty) {
  const Message back =
      ReadBack(Response({Make(Type::kTxt, "a.local", TxtData{})}));
  EXPECT_THAT(std::get<TxtData>(back.answers.at(0).data).strings,
              ElementsAre(""));
  EXPECT_EQ(Written(Response({Make(Type::kTxt, "a.local", TxtData{})})).back(),
            0);
}

}  // namespace
}  // namespace localstore::resolver::dns
