// Our reader beside ldns, question by question and record by record, whether or
// not ldns would take the message as a whole. Where both can read the same
// bytes they must say the same: names in their spelling, type, class, TTL,
// data.
//
// Where they may differ, and nowhere else:
//  - Pointers. ldns follows them forwards and into the header, and as many as
//    there are. Ours lead backwards only, to what ends before they begin, and
//    at most eight of a name's have no label before them: ours must refuse each
//    name for which PointersAreSound says no.
//  - Data that its type does not fill, or that a name in it runs out of. ldns
//    takes such a record and reads the next one from the wrong place; ours must
//    leave the record out.
//  - Data with less than its type asks for. ldns takes the record without it;
//    ours must leave it out. A TXT record without strings is one with an empty
//    string (RFC 6763 section 6.1).
//  - More than 255 strings in a TXT record: ldns stops counting there.
//  - Class other than IN: ours keeps the bytes, ldns looks into them.
//  - NSEC: ldns does not look into the bitmap, so ours may leave it out.
//  - Ours has limits, and says so when it comes to one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "ldns/ldns.h"
#include "resolver/dns/message.h"
#include "resolver/dns/name.h"
#include "resolver/dns/reader.h"

namespace {

using localstore::resolver::dns::AddressData;
using localstore::resolver::dns::kClassIn;
using localstore::resolver::dns::Name;
using localstore::resolver::dns::NameData;
using localstore::resolver::dns::NsecData;
using localstore::resolver::dns::OpaqueData;
using localstore::resolver::dns::Question;
using localstore::resolver::dns::ReadMessage;
using localstore::resolver::dns::ReadResult;
using localstore::resolver::dns::Record;
using localstore::resolver::dns::SrvData;
using localstore::resolver::dns::TxtData;
using localstore::resolver::dns::Type;

using Bytes = absl::Span<const uint8_t>;

constexpr size_t kHeaderBytes = 12;
constexpr size_t kMaxLdnsStrings = 255;
constexpr int kMaxBarePointers = 8;
constexpr uint16_t kClassTopBit = 0x8000;
constexpr Type kTypeOpt = static_cast<Type>(41);

void Require(bool holds) {
  if (!holds) std::abort();
}

uint16_t U16At(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t U32At(Bytes bytes, size_t at) {
  return uint32_t{U16At(bytes, at)} << 16 | U16At(bytes, at + 2);
}

std::string ToString(Bytes bytes) {
  return std::string(bytes.begin(), bytes.end());
}

struct RdfDeleter {
  void operator()(ldns_rdf* rdf) const { ldns_rdf_deep_free(rdf); }
};
struct RrDeleter {
  void operator()(ldns_rr* rr) const { ldns_rr_free(rr); }
};
using Rdf = std::unique_ptr<ldns_rdf, RdfDeleter>;
using Rr = std::unique_ptr<ldns_rr, RrDeleter>;

std::string BytesOf(const ldns_rdf* rdf) {
  return std::string(reinterpret_cast<const char*>(ldns_rdf_data(rdf)),
                     ldns_rdf_size(rdf));
}

std::string WireOf(const Name& name) {
  std::string wire;
  for (const std::string& label : name.labels()) {
    wire += static_cast<char>(label.size());
    wire += label;
  }
  return wire + '\0';
}

// Of a name that ldns could read, so that it has an end.
bool PointersAreSound(Bytes message, size_t at) {
  int bare = 0;
  size_t start = at;
  size_t end = message.size();
  while (at < end && message[at] != 0) {
    if (message[at] < 0xc0) {
      at += 1 + size_t{message[at]};
      continue;
    }
    if (at == start && ++bare > kMaxBarePointers) return false;
    const size_t target = U16At(message, at) & 0x3fff;
    if (target < kHeaderBytes || target >= start || end - at < 2) return false;
    end = start;
    at = start = target;
  }
  return at < end;
}

// What stands before a record's data, and where that is.
struct Frame {
  std::string owner;
  Type type = Type::kA;
  uint16_t klass = 0;
  uint32_t ttl = 0;
  size_t at = 0;  // of the whole record
  size_t data = 0;
  size_t end = 0;
};

// The data of a record as it is uncompressed; of an NSEC, the name alone.
std::string DataOf(const Record& record) {
  std::string out;
  if (const auto* data = std::get_if<AddressData>(&record.data)) {
    out = ToString(data->address.bytes());
  } else if (const auto* data = std::get_if<NameData>(&record.data)) {
    out = WireOf(data->target);
  } else if (const auto* data = std::get_if<SrvData>(&record.data)) {
    for (const uint16_t value : {data->priority, data->weight, data->port}) {
      out += static_cast<char>(value >> 8);
      out += static_cast<char>(value);
    }
    out += WireOf(data->target);
  } else if (const auto* data = std::get_if<TxtData>(&record.data)) {
    for (const std::string& string : data->strings) {
      out += static_cast<char>(string.size());
      out += string;
    }
  } else if (const auto* data = std::get_if<NsecData>(&record.data)) {
    out = WireOf(data->next);
  } else if (const auto* data = std::get_if<OpaqueData>(&record.data)) {
    out = data->bytes;
  }
  return out;
}

size_t FieldsOf(Type type) { return type == Type::kSrv ? 4 : 1; }

bool IsLookedInto(const Frame& frame) {
  if (frame.klass != kClassIn) return false;
  switch (frame.type) {
    case Type::kA:
    case Type::kAaaa:
    case Type::kCname:
    case Type::kNsec:
    case Type::kPtr:
    case Type::kSrv:
    case Type::kTxt:
      return true;
    default:
      return false;
  }
}

bool NameInDataIsSound(Bytes message, const Frame& frame) {
  switch (frame.type) {
    case Type::kCname:
    case Type::kNsec:
    case Type::kPtr:
      return PointersAreSound(message, frame.data);
    case Type::kSrv:
      return PointersAreSound(message, frame.data + 6);
    default:
      return true;
  }
}

// What ours must make of a record's data.
struct Expected {
  enum class Kind { kLeftOut, kEqual, kBeginsWith, kMaybe };
  Kind kind = Kind::kLeftOut;
  std::string data;
};

Expected ExpectTxt(const ldns_rr* rr, bool framed) {
  std::string data;
  for (size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
    data += BytesOf(ldns_rr_rdf(rr, i));
  }
  if (!framed) {
    return ldns_rr_rd_count(rr) < kMaxLdnsStrings
               ? Expected()
               : Expected{Expected::Kind::kBeginsWith, data};
  }
  if (data.empty()) data = std::string(1, '\0');
  return {Expected::Kind::kEqual, data};
}

Expected Expect(Bytes message, const Frame& frame) {
  if (!IsLookedInto(frame)) {
    return {Expected::Kind::kEqual,
            ToString(message.subspan(frame.data, frame.end - frame.data))};
  }
  ldns_rr* made = nullptr;
  size_t at = frame.at;
  if (ldns_wire2rr(&made, message.data(), message.size(), &at,
                   LDNS_SECTION_ANSWER) != LDNS_STATUS_OK) {
    return Expected();
  }
  const Rr rr(made);
  const bool framed = at == frame.end;
  if (frame.type == Type::kTxt) return ExpectTxt(made, framed);
  if (!framed || ldns_rr_rd_count(made) < FieldsOf(frame.type) ||
      !NameInDataIsSound(message, frame)) {
    return Expected();
  }
  std::string data;
  for (size_t i = 0; i < FieldsOf(frame.type); ++i) {
    data += BytesOf(ldns_rr_rdf(made, i));
  }
  return {frame.type == Type::kNsec ? Expected::Kind::kMaybe
                                    : Expected::Kind::kEqual,
          data};
}

class Comparison {
 public:
  Comparison(Bytes message, const ReadResult& ours)
      : message_(message), ours_(ours) {}

  void Run() {
    if (!CompareQuestions()) return;
    if (!CompareRecords(U16At(message_, 6), ours_.message.answers)) return;
    if (!CompareRecords(U16At(message_, 8), ours_.message.authorities)) return;
    if (!CompareRecords(U16At(message_, 10), ours_.message.additionals)) return;
    Require(ours_.problem.empty() == (at_ == message_.size()));
  }

 private:
  // A name as ldns reads it, if ours must read it as well; moves on behind it.
  bool TakeName(std::string& wire) {
    size_t at = at_;
    ldns_rdf* made = nullptr;
    if (ldns_wire2dname(&made, message_.data(), message_.size(), &at) !=
        LDNS_STATUS_OK) {
      return false;
    }
    const Rdf name(made);
    if (!PointersAreSound(message_, at_)) return false;
    wire = BytesOf(made);
    at_ = at;
    return true;
  }

  bool TakeFrame(Frame& frame) {
    frame.at = at_;
    if (!TakeName(frame.owner) || message_.size() - at_ < 10) return false;
    frame.type = static_cast<Type>(U16At(message_, at_));
    frame.klass = U16At(message_, at_ + 2);
    frame.ttl = U32At(message_, at_ + 4);
    frame.data = at_ + 10;
    frame.end = frame.data + U16At(message_, at_ + 8);
    at_ = frame.end;
    return frame.end <= message_.size();
  }

  bool OursCameToALimit() const {
    return absl::StrContains(ours_.problem, "limit");
  }

  // Nothing can be read from here on, and ours must have seen that.
  bool Ended(bool all_taken) const {
    Require(all_taken && !ours_.problem.empty());
    return false;
  }

  bool CompareQuestions() {
    const std::vector<Question>& questions = ours_.message.questions;
    for (size_t i = 0; i < U16At(message_, 4); ++i) {
      std::string name;
      if (!TakeName(name) || message_.size() - at_ < 4) {
        return Ended(questions.size() <= i);
      }
      if (questions.size() <= i) {
        Require(OursCameToALimit());
        return false;
      }
      const uint16_t klass = U16At(message_, at_ + 2);
      Require(WireOf(questions[i].name) == name &&
              questions[i].type == static_cast<Type>(U16At(message_, at_)) &&
              questions[i].klass == (klass & ~kClassTopBit) &&
              questions[i].unicast_response == (klass >= kClassTopBit));
      at_ += 4;
    }
    return true;
  }

  bool CompareRecords(size_t count, const std::vector<Record>& records) {
    size_t taken = 0;
    for (size_t i = 0; i < count; ++i) {
      Frame frame;
      if (!TakeFrame(frame)) return Ended(taken == records.size());
      const bool flush = frame.type != kTypeOpt && frame.klass >= kClassTopBit;
      if (flush) frame.klass &= ~kClassTopBit;
      const Expected expected = Expect(message_, frame);
      if (expected.kind == Expected::Kind::kLeftOut) continue;
      if (expected.kind == Expected::Kind::kMaybe &&
          (taken == records.size() ||
           !IsThisNsec(records[taken], frame, flush, expected.data))) {
        continue;
      }
      if (taken == records.size()) {
        Require(OursCameToALimit());
        return false;
      }
      CompareRecord(records[taken++], frame, flush, expected);
    }
    Require(taken == records.size());
    return true;
  }

  static bool IsThisNsec(const Record& record, const Frame& frame, bool flush,
                         const std::string& next) {
    return record.type == frame.type && record.klass == frame.klass &&
           record.cache_flush == flush && record.ttl == frame.ttl &&
           std::holds_alternative<NsecData>(record.data) &&
           WireOf(record.name) == frame.owner && DataOf(record) == next;
  }

  static void CompareRecord(const Record& record, const Frame& frame,
                            bool flush, const Expected& expected) {
    Require(WireOf(record.name) == frame.owner && record.type == frame.type &&
            record.klass == frame.klass && record.cache_flush == flush &&
            record.ttl == frame.ttl);
    const std::string data = DataOf(record);
    Require(expected.kind == Expected::Kind::kBeginsWith
                ? absl::StartsWith(data, expected.data)
                : data == expected.data);
  }

  const Bytes message_;
  const ReadResult& ours_;
  size_t at_ = kHeaderBytes;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes message(data, size);
  const auto result = ReadMessage(message);
  if (size < kHeaderBytes) {
    Require(!result.ok());
    return 0;
  }
  // A message that is refused has nothing that could be read.
  ReadResult ours;
  if (result.ok()) {
    ours = *result;
  } else {
    ours.problem = std::string(result.status().message());
  }
  Comparison(message, ours).Run();
  return 0;
}
