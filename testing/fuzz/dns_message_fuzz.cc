// Any bytes as a DNS message: no crash, everything within its bounds, and what
// was read can be written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "resolver/dns/message.h"
#include "resolver/dns/name.h"
#include "resolver/dns/reader.h"
#include "resolver/dns/writer.h"

namespace {

using localstore::resolver::dns::kMaxLabelBytes;
using localstore::resolver::dns::kMaxMessageBytes;
using localstore::resolver::dns::kMaxNameBytes;
using localstore::resolver::dns::Message;
using localstore::resolver::dns::Name;
using localstore::resolver::dns::NameData;
using localstore::resolver::dns::NsecData;
using localstore::resolver::dns::OpaqueData;
using localstore::resolver::dns::Question;
using localstore::resolver::dns::ReadLimits;
using localstore::resolver::dns::ReadMessage;
using localstore::resolver::dns::ReadResult;
using localstore::resolver::dns::Record;
using localstore::resolver::dns::SrvData;
using localstore::resolver::dns::TxtData;
using localstore::resolver::dns::Type;
using localstore::resolver::dns::WriteMessage;

using Bytes = absl::Span<const uint8_t>;

constexpr size_t kMaxExpandedNames = size_t{64} << 10;
constexpr Type kTypeOpt = static_cast<Type>(41);

void Require(bool holds) {
  if (!holds) std::abort();
}

std::vector<const Record*> RecordsOf(const Message& message) {
  std::vector<const Record*> records;
  for (const auto* section :
       {&message.answers, &message.authorities, &message.additionals}) {
    for (const Record& record : *section) records.push_back(&record);
  }
  return records;
}

const Name* NameIn(const Record& record) {
  if (const auto* data = std::get_if<NameData>(&record.data)) {
    return &data->target;
  }
  if (const auto* data = std::get_if<SrvData>(&record.data)) {
    return &data->target;
  }
  if (const auto* data = std::get_if<NsecData>(&record.data)) {
    return &data->next;
  }
  return nullptr;
}

std::vector<const Name*> NamesOf(const Message& message) {
  std::vector<const Name*> names;
  for (const Question& question : message.questions) {
    names.push_back(&question.name);
  }
  for (const Record* record : RecordsOf(message)) {
    names.push_back(&record->name);
    if (const Name* name = NameIn(*record)) names.push_back(name);
  }
  return names;
}

size_t WireBytes(const Name& name) {
  size_t bytes = 1;
  for (const std::string& label : name.labels()) bytes += 1 + label.size();
  return bytes;
}

void CheckName(const Name& name) {
  Require(WireBytes(name) <= kMaxNameBytes);
  for (const std::string& label : name.labels()) {
    Require(!label.empty() && label.size() <= kMaxLabelBytes);
  }
  const auto parsed = Name::Parse(name.ToString());
  Require(parsed.has_value() && parsed->labels() == name.labels());
  Require(name.Lowercase() == name && name.IsUnder(name.Parent()));
}

void CheckRecord(const Record& record) {
  Require(record.type == kTypeOpt ? !record.cache_flush
                                  : (record.klass & 0x8000) == 0);
  if (const auto* txt = std::get_if<TxtData>(&record.data)) {
    Require(!txt->strings.empty());
    for (const std::string& string : txt->strings) {
      Require(string.size() <= 255);
    }
  }
  if (const auto* nsec = std::get_if<NsecData>(&record.data)) {
    Require(std::is_sorted(nsec->types.begin(), nsec->types.end()));
  }
}

void CheckBounds(const ReadResult& result, const ReadLimits& limits) {
  const Message& message = result.message;
  const std::vector<const Record*> records = RecordsOf(message);
  Require(message.questions.size() <=
          static_cast<size_t>(limits.max_questions));
  Require(result.records_skipped >= 0 &&
          records.size() + result.records_skipped <=
              static_cast<size_t>(limits.max_records));
  size_t expanded = 0;
  for (const Name* name : NamesOf(message)) {
    CheckName(*name);
    expanded += WireBytes(*name);
  }
  Require(expanded <= kMaxExpandedNames);
  for (const Record* record : records) CheckRecord(*record);
}

// What the message comes to without compression.
size_t UncompressedBytes(const Message& message) {
  size_t bytes = 12;
  for (const Name* name : NamesOf(message)) bytes += WireBytes(*name);
  bytes += 4 * message.questions.size();
  for (const Record* record : RecordsOf(message)) {
    bytes += 10 + 16;
    if (const auto* txt = std::get_if<TxtData>(&record->data)) {
      for (const std::string& string : txt->strings) bytes += 1 + string.size();
    }
    if (const auto* nsec = std::get_if<NsecData>(&record->data)) {
      bytes += 34 * nsec->types.size();
    }
    if (const auto* opaque = std::get_if<OpaqueData>(&record->data)) {
      bytes += opaque->bytes.size();
    }
  }
  return bytes;
}

// Bytes of names compare without regard to case; the second writing must come
// to the very same bytes.
void CheckRoundTrip(Message message) {
  const auto written = WriteMessage(message);
  if (!written.ok()) {
    Require(written.status().code() == absl::StatusCode::kResourceExhausted &&
            UncompressedBytes(message) > kMaxMessageBytes);
    return;
  }
  Require(written->size() <= kMaxMessageBytes);
  const auto again = ReadMessage(*written);
  Require(again.ok() && again->problem.empty() && again->records_skipped == 0);
  if (!message.response) {
    // RFC 6762 section 10.2: not in known answers.
    for (Record& answer : message.answers) answer.cache_flush = false;
  }
  Require(again->message.id == message.id &&
          again->message.response == message.response &&
          again->message.opcode == message.opcode &&
          again->message.authoritative == message.authoritative &&
          again->message.truncated == message.truncated &&
          again->message.rcode == message.rcode);
  Require(again->message.questions == message.questions &&
          again->message.answers == message.answers &&
          again->message.authorities == message.authorities &&
          again->message.additionals == message.additionals);
  const auto rewritten = WriteMessage(again->message);
  Require(rewritten.ok() && *rewritten == *written);
}

template <typename T>
bool BeginsWith(const std::vector<T>& whole, const std::vector<T>& start) {
  return start.size() <= whole.size() &&
         std::equal(start.begin(), start.end(), whole.begin());
}

// Names point backwards only: what stands behind a place changes nothing of
// what was read before it.
void CheckCutOff(Bytes bytes, const Message& whole) {
  if (bytes.size() < 14) return;
  const size_t size = 12 + (bytes[0] << 8 | bytes[1]) % (bytes.size() - 12);
  const std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + size);
  const auto result = ReadMessage(cut);
  if (!result.ok()) return;
  Require(BeginsWith(whole.questions, result->message.questions) &&
          BeginsWith(whole.answers, result->message.answers) &&
          BeginsWith(whole.authorities, result->message.authorities) &&
          BeginsWith(whole.additionals, result->message.additionals));
}

void CheckSmallLimits(Bytes bytes) {
  constexpr ReadLimits kFew = {2, 3};
  const auto result = ReadMessage(bytes, kFew);
  if (result.ok()) CheckBounds(*result, kFew);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(data, size);
  CheckSmallLimits(bytes);
  const auto result = ReadMessage(bytes);
  if (!result.ok()) {
    Require(result.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  CheckBounds(*result, ReadLimits());
  CheckCutOff(bytes, result->message);
  CheckRoundTrip(result->message);
  return 0;
}
