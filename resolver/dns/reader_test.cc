#include "resolver/dns/reader.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/dns/hostile_messages.h"
#include "resolver/dns/raw_message.h"

namespace localstore::resolver::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint16_t kTypeHttps = 65;
constexpr size_t kJumboBytes = 8952;

ReadResult Read(const RawMessage& message,
                const ReadLimits& limits = ReadLimits()) {
  absl::StatusOr<ReadResult> result = ReadMessage(message.bytes(), limits);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : ReadResult();
}

absl::Status ErrorOf(const RawMessage& message) {
  return ReadMessage(message.bytes()).status();
}

Record StoreAddress(uint8_t last = 5) {
  Record record;
  record.name = *Name::Parse("store.local");
  record.cache_flush = true;
  record.ttl = 120;
  const std::vector<uint8_t> bytes = {10, 1, 0, last};
  record.data = AddressData{*IpAddress::FromBytes(bytes)};
  return record;
}

RawMessage OneAddress(RawCounts counts = {0, 1}) {
  return RawMessage(counts).AddressRecord("store.local", 5);
}

// The data of the one answer of a message, as `T`.
template <typename T>
T OnlyDataOf(const ReadResult& result) {
  EXPECT_THAT(result.message.answers, SizeIs(1));
  if (result.message.answers.size() != 1) return T();
  const T* data = std::get_if<T>(&result.message.answers[0].data);
  EXPECT_NE(data, nullptr);
  return data == nullptr ? T() : *data;
}

// Messages that other parsers refuse or lose records of.

TEST(ReaderTest, ReadsAResponseWithoutAQuestion) {
  const ReadResult result = Read(OneAddress());
  EXPECT_TRUE(result.message.response);
  EXPECT_THAT(result.message.questions, IsEmpty());
  EXPECT_THAT(result.message.answers, ElementsAre(StoreAddress()));
  EXPECT_EQ(result.records_skipped, 0);
  EXPECT_EQ(result.problem, "");
}

TEST(ReaderTest, KeepsTheAddressBeforeATrailingByte) {
  const ReadResult result = Read(OneAddress().U8(0));
  EXPECT_THAT(result.message.answers, ElementsAre(StoreAddress()));
  EXPECT_EQ(result.problem, "1 bytes left over behind the last record");
}

TEST(ReaderTest, KeepsTheAddressesAroundAMalformedHttpsRecord) {
  RawMessage message({0, 3});
  message.AddressRecord("store.local", 5);
  // A target that is cut off, parameters out of order: not for us to judge.
  message.Name("store.local").BeginRdata(kTypeHttps, 0x8001);
  message.U16(1).U8(63).Text("x").EndRdata();
  message.AddressRecord("store.local", 6);
  const ReadResult result = Read(message);
  ASSERT_THAT(result.message.answers, SizeIs(3));
  EXPECT_EQ(result.message.answers[0], StoreAddress(5));
  EXPECT_EQ(result.message.answers[1].data,
            RecordData(OpaqueData{std::string("\0\1\x3fx", 4)}));
  EXPECT_EQ(result.message.answers[2], StoreAddress(6));
  EXPECT_EQ(result.problem, "");
}

TEST(ReaderTest, KeepsTheAddressBeforeATruncatedRecord) {
  RawMessage whole({0, 2});
  whole.AddressRecord("store.local", 5);
  const size_t first_end = whole.size();
  whole.AddressRecord("store.local", 6);
  for (size_t size = first_end; size < whole.size(); ++size) {
    const auto result =
        ReadMessage(absl::MakeConstSpan(whole.bytes()).first(size));
    ASSERT_TRUE(result.ok()) << size;
    EXPECT_THAT(result->message.answers, ElementsAre(StoreAddress())) << size;
    EXPECT_THAT(result->problem, HasSubstr("answer 2 of 2, at byte 39, "));
  }
}

TEST(ReaderTest, RefusesAPointerLoop) {
  RawMessage message({0, 1});
  message.Pointer(message.size()).RecordHead(1, 1, 120, 4).U32(0x0a010005);
  EXPECT_EQ(ErrorOf(message).code(), absl::StatusCode::kInvalidArgument);
  RawMessage two({0, 1});
  two.Label("a").Pointer(16).Label("b").Pointer(12).RecordHead(1, 1, 0, 0);
  EXPECT_EQ(ErrorOf(two).code(), absl::StatusCode::kInvalidArgument);
}

TEST(ReaderTest, KeepsTheAddressBeforeAPointerLoop) {
  RawMessage message = OneAddress({0, 2});
  message.Pointer(message.size()).RecordHead(1, 1, 120, 4).U32(0x0a010005);
  const ReadResult result = Read(message);
  EXPECT_THAT(result.message.answers, ElementsAre(StoreAddress()));
  EXPECT_NE(result.problem, "");
}

TEST(ReaderTest, SoonStopsFollowingChainsOfPointers) {
  const auto records = ReadMessage(ChainOfRecordNames(kJumboBytes));
  ASSERT_TRUE(records.ok());
  EXPECT_THAT(records->message.answers, SizeIs(9));
  EXPECT_THAT(records->problem, HasSubstr("malformed name"));
  const auto inside = ReadMessage(ChainInsideRdata(kJumboBytes));
  ASSERT_TRUE(inside.ok());
  EXPECT_THAT(inside->message.answers, SizeIs(1));
  EXPECT_THAT(inside->problem, HasSubstr("malformed name"));
}

// Bounds.

TEST(ReaderTest, BoundsWhatNamesExpandTo) {
  const auto result = ReadMessage(PointersToALongName(kJumboBytes));
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->message.answers, SizeIs(128));  // 2 * 255 bytes each
  EXPECT_EQ(result->records_skipped, 0);
  EXPECT_THAT(result->problem, HasSubstr("names over the limit of bytes"));
}

TEST(ReaderTest, BoundsANameByItsLengthHoweverItIsPutTogether) {
  const auto result = ReadMessage(ChainOfGrowingNames(kJumboBytes));
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->message.answers, SizeIs(127));
}

TEST(ReaderTest, ReadsAnEthernetFrameFullOfLongNames) {
  const auto result = ReadMessage(PointersToALongName(1472));
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->message.answers, SizeIs(86));
  EXPECT_THAT(result->problem, HasSubstr("answer 87 of 65535"));
  EXPECT_THAT(result->problem, HasSubstr("cut off"));
}

TEST(ReaderTest, CapsRecordsOverAllSections) {
  RawMessage message({0, 2, 2, 2});
  for (uint8_t i = 0; i < 6; ++i) message.AddressRecord("store.local", i);
  const ReadResult result = Read(message, {256, 3});
  EXPECT_THAT(result.message.answers, SizeIs(2));
  EXPECT_THAT(result.message.authorities, SizeIs(1));
  EXPECT_THAT(result.message.additionals, IsEmpty());
  EXPECT_THAT(result.problem, HasSubstr("authority 2 of 2"));
  EXPECT_THAT(result.problem, HasSubstr("limit of records"));
}

TEST(ReaderTest, CountsSkippedRecordsAgainstTheCap) {
  RawMessage message({0, 3});
  message.Name("a.local").RecordHead(1, 1, 120, 0);
  message.Name("a.local").RecordHead(1, 1, 120, 0);
  message.AddressRecord("store.local", 5);
  const ReadResult result = Read(message, {256, 2});
  EXPECT_THAT(result.message.answers, IsEmpty());
  EXPECT_EQ(result.records_skipped, 2);
}

TEST(ReaderTest, CapsQuestions) {
  const auto result = ReadMessage(ManyQuestions(kJumboBytes));
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->message.questions, SizeIs(256));
  EXPECT_THAT(result->problem, HasSubstr("question 257 of 65535"));
}

TEST(ReaderTest, ReadsAsManyAsTheCapsAllow) {
  RawMessage message({256, 512}, 0);
  for (int i = 0; i < 256; ++i) message.U8(0).U16(1).U16(1);
  for (int i = 0; i < 512; ++i) message.U8(0).RecordHead(1, 1, 9, 4).U32(0);
  const ReadResult result = Read(message);
  EXPECT_THAT(result.message.questions, SizeIs(256));
  EXPECT_THAT(result.message.answers, SizeIs(512));
  EXPECT_EQ(result.problem, "");
}

TEST(ReaderTest, IsNotDrawnInByCountsWithoutRecords) {
  const ReadResult result = Read(OneAddress({0, 0xffff, 0xffff, 0xffff}));
  EXPECT_THAT(result.message.answers, SizeIs(1));
  EXPECT_LT(result.message.answers.capacity(), 16U);
}

// Framing.

TEST(ReaderTest, RefusesLessThanAHeader) {
  const RawMessage header({});
  for (size_t size = 0; size < header.size(); ++size) {
    const absl::Status status =
        ReadMessage(absl::MakeConstSpan(header.bytes()).first(size)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(
        status.message(),
        absl::StrCat("shorter than a DNS header: ", size, " of 12 bytes"));
  }
}

TEST(ReaderTest, TakesAHeaderAlone) {
  const ReadResult result = Read(RawMessage({}));
  EXPECT_THAT(result.message.answers, IsEmpty());
  EXPECT_EQ(result.problem, "");
}

TEST(ReaderTest, RefusesAHeaderWhoseFirstItemIsNotThere) {
  for (const RawCounts& counts : {RawCounts{1}, RawCounts{0, 1},
                                  RawCounts{0, 0, 1}, RawCounts{0, 0, 0, 1}}) {
    EXPECT_EQ(ErrorOf(RawMessage(counts)).code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(ReaderTest, KeepsTheQuestionBeforeARecordThatIsCutOff) {
  RawMessage message({1, 1});
  message.Name("store.local").U16(1).U16(1).Pointer(12).U16(1);
  const ReadResult result = Read(message);
  EXPECT_THAT(result.message.questions, SizeIs(1));
  EXPECT_THAT(result.problem, HasSubstr("answer 1 of 1, at byte 29"));
}

TEST(ReaderTest, ReadsEverySection) {
  RawMessage message({1, 1, 1, 1});
  message.Name("store.local").U16(255).U16(1);
  for (uint8_t i = 0; i < 3; ++i) message.AddressRecord("store.local", i);
  const ReadResult result = Read(message);
  EXPECT_THAT(result.message.questions, SizeIs(1));
  EXPECT_THAT(result.message.answers, ElementsAre(StoreAddress(0)));
  EXPECT_THAT(result.message.authorities, ElementsAre(StoreAddress(1)));
  EXPECT_THAT(result.message.additionals, ElementsAre(StoreAddress(2)));
}

TEST(ReaderTest, NeverReadsBeyondAnyCutOfAMessage) {
  RawMessage message({1, 2, 0, 3});
  message.Name("_http._tcp.local").U16(12).U16(0x8001);
  message.Pointer(12).BeginRdata(12).Label("x").Pointer(12).EndRdata();
  message.Pointer(12).BeginRdata(16).Label("path=/").U8(0).EndRdata();
  message.Name("x.local").BeginRdata(33).U16(0).U16(0).U16(80);
  message.Label("s").Pointer(12).EndRdata();
  message.Pointer(12).BeginRdata(47).Pointer(12).U16(4).U32(0x40000008);
  message.EndRdata();
  message.Pointer(12).BeginRdata(28).Text(std::string(16, 'x')).EndRdata();
  for (size_t size = 0; size <= message.size(); ++size) {
    // A copy of just that size, so that a sanitizer sees a step too far.
    const auto part = absl::MakeConstSpan(message.bytes()).first(size);
    const std::vector<uint8_t> cut(part.begin(), part.end());
    const auto result = ReadMessage(cut);
    EXPECT_EQ(result.ok() && result->problem.empty(), size == message.size());
  }
}

// Data of each type.

TEST(ReaderTest, ReadsAaaa) {
  RawMessage message({0, 1});
  message.Name("store.local").BeginRdata(28);
  message.U32(0xfe800000).U32(0).U32(0).U32(5).EndRdata();
  EXPECT_EQ(OnlyDataOf<AddressData>(Read(message)).address.ToString(),
            "fe80::5");
}

TEST(ReaderTest, ReadsPtrAndCname) {
  for (const uint16_t type : {5, 12}) {
    RawMessage message({0, 1});
    message.Name("_http._tcp.local").BeginRdata(type);
    message.Label("My Store [1].x").Pointer(12).EndRdata();
    EXPECT_EQ(OnlyDataOf<NameData>(Read(message)).target.ToString(),
              "My Store [1]\\.x._http._tcp.local");
  }
}

TEST(ReaderTest, ReadsSrv) {
  RawMessage message({0, 1});
  message.Name("x.local").BeginRdata(33).U16(1).U16(2).U16(65535);
  message.Name("store.local").EndRdata();
  EXPECT_EQ(OnlyDataOf<SrvData>(Read(message)),
            (SrvData{1, 2, 65535, *Name::Parse("store.local")}));
}

TEST(ReaderTest, ReadsTxt) {
  RawMessage message({0, 1});
  message.Name("x.local").BeginRdata(16).Label("a=1").U8(0);
  message.Label(std::string(255, 'b')).EndRdata();
  EXPECT_THAT(OnlyDataOf<TxtData>(Read(message)).strings,
              ElementsAre("a=1", "", std::string(255, 'b')));
}

TEST(Rfc6763Section6Dot1, ReadsTxtWithoutStringsAsOneThatIsEmpty) {
  RawMessage message({0, 1});
  message.Name("x.local").RecordHead(16, 1, 120, 0);
  EXPECT_THAT(OnlyDataOf<TxtData>(Read(message)).strings, ElementsAre(""));
}

TEST(ReaderTest, KeepsOtherTypesAndClassesAsTheyCame) {
  for (const uint16_t type : {0, 2, 6, 13, 65, 255, 65535}) {
    RawMessage message({0, 1});
    message.Name("x.local").BeginRdata(type).Text("\x3f!").EndRdata();
    EXPECT_EQ(OnlyDataOf<OpaqueData>(Read(message)).bytes, "\x3f!") << type;
  }
  for (const uint16_t type : {1, 5, 12, 16, 28, 33, 47}) {
    RawMessage message({0, 1});
    message.Name("x.local").BeginRdata(type, /*klass=*/3).Text("\x3f!");
    message.EndRdata();
    EXPECT_EQ(OnlyDataOf<OpaqueData>(Read(message)).bytes, "\x3f!") << type;
  }
}

struct Malformed {
  std::string what;
  uint16_t type;
  std::string rdata;
};

std::vector<Malformed> MalformedRdata() {
  const std::string srv("\0\0\0\0\0\x50", 6);
  const std::string nsec("\xc0\x0c", 2);
  return {
      {"A of no bytes", 1, ""},
      {"A of 3 bytes", 1, "abc"},
      {"A of 5 bytes", 1, "abcde"},
      {"A of 16 bytes", 1, std::string(16, 'x')},
      {"AAAA of 4 bytes", 28, "abcd"},
      {"AAAA of 17 bytes", 28, std::string(17, 'x')},
      {"PTR of no bytes", 12, ""},
      {"PTR without an end", 12, "\x01x"},
      {"PTR with a byte behind", 12, std::string("\x01x\0\0", 4)},
      {"PTR with a pointer and a byte behind", 12, std::string("\xc0\x0c!", 3)},
      {"PTR to itself", 12, std::string("\xc0\x49", 2)},
      {"PTR to what comes later", 12, std::string("\xc0\x60", 2)},
      {"PTR to the header", 12, std::string("\xc0\x00", 2)},
      {"PTR with half a pointer", 12, "\xc0"},
      {"PTR with a reserved kind of label", 12, std::string("\x40\0", 2)},
      {"PTR whose label runs into the next record", 12, "\x3f"},
      {"CNAME of no bytes", 5, ""},
      {"SRV of no bytes", 33, ""},
      {"SRV of 5 bytes", 33, srv.substr(1)},
      {"SRV without a target", 33, srv},
      {"SRV with a byte behind", 33, srv + std::string("\0\0", 2)},
      {"TXT whose string runs into the next record", 16, "\x05x"},
      {"TXT whose second string does", 16, std::string("\x01x\x01", 3)},
      {"NSEC of no bytes", 47, ""},
      {"NSEC with a bad name", 47, std::string("\xc0\xff\0\1\x40", 5)},
      {"NSEC with half a window", 47, nsec + std::string("\0", 1)},
      {"NSEC with an empty window", 47, nsec + std::string("\0\0", 2)},
      {"NSEC with a window cut off", 47, nsec + std::string("\0\4\x40", 3)},
      {"NSEC with a window of 33 bytes", 47,
       nsec + std::string("\0\x21", 2) + std::string(33, 'x')},
  };
}

TEST(ReaderTest, LeavesOutARecordWithMalformedDataAndNoOther) {
  for (const Malformed& malformed : MalformedRdata()) {
    RawMessage message({0, 3});
    message.AddressRecord("store.local", 5);                   // 12
    message.Label("bad-record-of-the-app").Pointer(18);        // 39
    message.BeginRdata(malformed.type).Text(malformed.rdata);  // 73
    message.EndRdata().AddressRecord("store.local", 6);
    const ReadResult result = Read(message);
    EXPECT_THAT(result.message.answers,
                ElementsAre(StoreAddress(5), StoreAddress(6)))
        << malformed.what;
    EXPECT_EQ(result.records_skipped, 1) << malformed.what;
    EXPECT_EQ(result.problem, "") << malformed.what;
  }
}

TEST(ReaderTest, ReadsOnWhenTheFirstRecordHasMalformedData) {
  RawMessage message({0, 1});
  message.Name("store.local").RecordHead(1, 1, 120, 0);
  const ReadResult result = Read(message);
  EXPECT_THAT(result.message.answers, IsEmpty());
  EXPECT_EQ(result.records_skipped, 1);
}

}  // namespace
}  // namespace localstore::resolver::dns
