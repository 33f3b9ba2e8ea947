#include "resolver/dns/writer.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "resolver/dns/header_flags.h"
#include "resolver/dns/rdata.h"
#include "resolver/dns/wire_writer.h"

namespace localstore::resolver::dns {
namespace {

constexpr size_t kMaxU16 = std::numeric_limits<uint16_t>::max();

absl::Status TooLong(size_t max_bytes) {
  return absl::ResourceExhaustedError(
      absl::StrCat("the message is longer than ", max_bytes, " bytes"));
}

// Whatever Message does not hold (RD, RA, Z, AD, CD) is zero, as RFC 6762
// sections 18.6 to 18.10 ask.
uint16_t FlagsOf(const Message& message) {
  return static_cast<uint16_t>(
      (message.response ? kFlagResponse : 0) | message.opcode << kOpcodeShift |
      (message.authoritative ? kFlagAuthoritative : 0) |
      (message.truncated ? kFlagTruncated : 0) | message.rcode);
}

class MessageWriter {
 public:
  MessageWriter(const Message& message, size_t max_bytes)
      : message_(message), max_bytes_(std::min(max_bytes, kMaxMessageBytes)) {}

  absl::StatusOr<std::vector<uint8_t>> Write() {
    absl::Status status = AppendHeader();
    if (status.ok()) status = AppendQuestions();
    // RFC 6762 section 10.2: no known answer has the cache-flush bit.
    if (status.ok()) status = AppendRecords(message_.answers, !IsQuery());
    if (status.ok()) status = AppendRecords(message_.authorities, true);
    if (status.ok()) status = AppendRecords(message_.additionals, true);
    if (!status.ok()) return status;
    return out_.TakeBytes();
  }

 private:
  bool IsQuery() const { return !message_.response; }

  absl::Status CheckSize() const {
    return out_.size() > max_bytes_ ? TooLong(max_bytes_) : absl::OkStatus();
  }

  absl::Status AppendHeader() {
    if (message_.opcode > kNibble || message_.rcode > kNibble) {
      return absl::InvalidArgumentError("the opcode or the rcode is over 15");
    }
    out_.AppendU16(message_.id);
    out_.AppendU16(FlagsOf(message_));
    for (const size_t count :
         {message_.questions.size(), message_.answers.size(),
          message_.authorities.size(), message_.additionals.size()}) {
      if (count > kMaxU16) return TooLong(max_bytes_);
      out_.AppendU16(static_cast<uint16_t>(count));
    }
    return CheckSize();
  }

  absl::Status AppendQuestions() {
    for (const Question& question : message_.questions) {
      if ((question.klass & kClassTopBit) != 0) {
        return absl::InvalidArgumentError(
            absl::StrCat("the class of the question ", question.name.ToString(),
                         " is over 32767"));
      }
      out_.AppendName(question.name);
      out_.AppendU16(static_cast<uint16_t>(question.type));
      out_.AppendU16(question.klass |
                     (question.unicast_response ? kClassTopBit : 0));
      if (absl::Status status = CheckSize(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status AppendRecords(const std::vector<Record>& records,
                             bool with_cache_flush) {
    for (const Record& record : records) {
      absl::Status status = AppendRecord(record, with_cache_flush);
      if (status.ok()) status = CheckSize();
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status AppendRecord(const Record& record, bool with_cache_flush) {
    const bool top_bit_in_use = record.type == kTypeOpt
                                    ? record.cache_flush
                                    : (record.klass & kClassTopBit) != 0;
    if (top_bit_in_use) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the class of the record ", record.name.ToString(),
          " is over 32767, or it is an OPT record with the cache-flush bit"));
    }
    const bool flush = record.cache_flush && with_cache_flush;
    out_.AppendName(record.name);
    out_.AppendU16(static_cast<uint16_t>(record.type));
    out_.AppendU16(record.klass | (flush ? kClassTopBit : 0));
    out_.AppendU32(record.ttl);
    return AppendRdata(record);
  }

  absl::Status AppendRdata(const Record& record) {
    const size_t size_at = out_.size();
    out_.AppendU16(0);
    absl::Status status = WriteRdata(record, out_);
    if (!status.ok()) return status;
    // What two bytes can't say is far over max_bytes_, which comes out next.
    const size_t size = out_.size() - size_at - sizeof(uint16_t);
    out_.PatchU16(size_at, static_cast<uint16_t>(size));
    return absl::OkStatus();
  }

  const Message& message_;
  const size_t max_bytes_;
  WireWriter out_;
};

}  // namespace

absl::StatusOr<std::vector<uint8_t>> WriteMessage(const Message& message,
                                                  size_t max_bytes) {
  return MessageWriter(message, max_bytes).Write();
}

}  // namespace localstore::resolver::dns
