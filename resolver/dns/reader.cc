#include "resolver/dns/reader.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "resolver/dns/header_flags.h"
#include "resolver/dns/rdata.h"
#include "resolver/dns/wire_reader.h"

namespace localstore::resolver::dns {
namespace {

struct Counts {
  uint16_t questions = 0;
  uint16_t answers = 0;
  uint16_t authorities = 0;
  uint16_t additionals = 0;
};

// A record up to its data, which is not looked into yet.
struct FramedRecord {
  Record record;
  WireReader rdata;
};

void SetFlags(uint16_t flags, Message& message) {
  message.response = (flags & kFlagResponse) != 0;
  message.opcode = static_cast<uint8_t>(flags >> kOpcodeShift & kNibble);
  message.authoritative = (flags & kFlagAuthoritative) != 0;
  message.truncated = (flags & kFlagTruncated) != 0;
  message.rcode = static_cast<uint8_t>(flags & kNibble);
}

bool ReadHeader(WireReader& reader, Message& message, Counts& counts) {
  uint16_t flags = 0;
  const bool complete =
      reader.ReadU16(message.id) && reader.ReadU16(flags) &&
      reader.ReadU16(counts.questions) && reader.ReadU16(counts.answers) &&
      reader.ReadU16(counts.authorities) && reader.ReadU16(counts.additionals);
  SetFlags(flags, message);
  return complete;
}

bool FrameQuestion(WireReader& reader, Question& question) {
  WireReader ahead = reader;
  uint16_t type = 0;
  uint16_t klass = 0;
  if (!ahead.ReadName(question.name) || !ahead.ReadU16(type) ||
      !ahead.ReadU16(klass)) {
    return false;
  }
  question.type = static_cast<Type>(type);
  question.klass = klass & ~kClassTopBit;
  question.unicast_response = (klass & kClassTopBit) != 0;
  reader = ahead;
  return true;
}

void SetClass(uint16_t klass, Record& record) {
  if (record.type == kTypeOpt) {
    record.klass = klass;
    return;
  }
  record.klass = klass & ~kClassTopBit;
  record.cache_flush = (klass & kClassTopBit) != 0;
}

bool FrameRecord(WireReader& reader, FramedRecord& framed) {
  WireReader ahead = reader;
  uint16_t type = 0;
  uint16_t klass = 0;
  uint16_t size = 0;
  if (!ahead.ReadName(framed.record.name) || !ahead.ReadU16(type) ||
      !ahead.ReadU16(klass) || !ahead.ReadU32(framed.record.ttl) ||
      !ahead.ReadU16(size) || !ahead.ReadSlice(size, framed.rdata)) {
    return false;
  }
  framed.record.type = static_cast<Type>(type);
  SetClass(klass, framed.record);
  reader = ahead;
  return true;
}

// Reads the sections one after the other until one of them says stop.
class BodyReader {
 public:
  BodyReader(absl::Span<const uint8_t> bytes, const ReadLimits& limits)
      : limits_(limits), bytes_(bytes.size()), reader_(bytes, budget_) {}

  absl::StatusOr<ReadResult> Read() {
    Counts counts;
    if (!ReadHeader(reader_, result_.message, counts)) {
      return absl::InvalidArgumentError(
          absl::StrCat("shorter than a DNS header: ", bytes_, " of ",
                       kHeaderBytes, " bytes"));
    }
    Message& message = result_.message;
    if (ReadQuestions(counts.questions) &&
        ReadRecords("answer", counts.answers, message.answers) &&
        ReadRecords("authority", counts.authorities, message.authorities) &&
        ReadRecords("additional", counts.additionals, message.additionals) &&
        reader_.remaining() != 0) {
      result_.problem = absl::StrCat(reader_.remaining(),
                                     " bytes left over behind the last record");
    }
    if (unframed_first_) return absl::InvalidArgumentError(result_.problem);
    return std::move(result_);
  }

 private:
  bool ReadQuestions(int count) {
    for (int i = 0; i < count; ++i) {
      if (i >= limits_.max_questions) {
        return Stop("question", i, count, "is over the limit");
      }
      Question question;
      if (!FrameQuestion(reader_, question)) {
        return StopUnframed("question", i, count);
      }
      result_.message.questions.push_back(std::move(question));
    }
    return true;
  }

  bool ReadRecords(absl::string_view section, int count,
                   std::vector<Record>& records) {
    for (int i = 0; i < count; ++i) {
      if (records_framed_ >= limits_.max_records) {
        return Stop(section, i, count, "is over the limit of records");
      }
      FramedRecord framed{Record(), reader_};
      if (!FrameRecord(reader_, framed)) {
        return StopUnframed(section, i, count);
      }
      ++records_framed_;
      auto data =
          ReadRdata(framed.record.type, framed.record.klass, framed.rdata);
      if (budget_.exhausted()) return StopUnframed(section, i, count);
      if (!data.has_value()) {
        ++result_.records_skipped;
        continue;
      }
      framed.record.data = *std::move(data);
      records.push_back(std::move(framed.record));
    }
    return true;
  }

  bool StopUnframed(absl::string_view section, int index, int count) {
    if (budget_.exhausted()) {
      return Stop(section, index, count, "has names over the limit of bytes");
    }
    unframed_first_ = records_framed_ == 0 && result_.message.questions.empty();
    return Stop(section, index, count, "is cut off or has a malformed name");
  }

  // False, so that it can be returned.
  bool Stop(absl::string_view section, int index, int count,
            absl::string_view why) {
    result_.problem = absl::StrCat(section, " ", index + 1, " of ", count,
                                   ", at byte ", reader_.offset(), ", ", why);
    return false;
  }

  const ReadLimits limits_;
  const size_t bytes_;
  NameBudget budget_;
  WireReader reader_;
  int records_framed_ = 0;
  bool unframed_first_ = false;
  ReadResult result_;
};

}  // namespace

absl::StatusOr<ReadResult> ReadMessage(absl::Span<const uint8_t> bytes,
                                       const ReadLimits& limits) {
  return BodyReader(bytes, limits).Read();
}

}  // namespace localstore::resolver::dns
