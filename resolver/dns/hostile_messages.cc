#include "resolver/dns/hostile_messages.h"

#include "resolver/dns/raw_message.h"

namespace localstore::resolver::dns {
namespace {

constexpr uint16_t kOpaqueType = 65280;  // for private use, RFC 6895
constexpr uint16_t kAnyCount = 0xffff;
constexpr size_t kRecordWithPointerBytes = 12;
constexpr size_t kPointerBytes = 2;

}  // namespace

std::vector<uint8_t> ChainOfRecordNames(size_t bytes) {
  RawMessage message({0, kAnyCount});
  size_t previous = message.size();
  message.Name("store.local").RecordHead(kOpaqueType, 1, 120, 0);
  while (message.size() + kRecordWithPointerBytes <= bytes) {
    const size_t here = message.size();
    message.Pointer(previous).RecordHead(kOpaqueType, 1, 120, 0);
    previous = here;
  }
  return message.bytes();
}

std::vector<uint8_t> ChainInsideRdata(size_t bytes) {
  constexpr size_t kRecordsBehind = 32;
  const size_t chain_end = bytes - kRecordsBehind * kRecordWithPointerBytes;
  RawMessage message({0, kAnyCount});
  size_t previous = message.size();
  message.Name("store.local").BeginRdata(kOpaqueType);
  while (message.size() + kPointerBytes <= chain_end) {
    const size_t here = message.size();
    message.Pointer(previous);
    previous = here;
  }
  message.EndRdata();
  for (size_t i = 0; i < kRecordsBehind; ++i) {
    message.Pointer(previous).RecordHead(kOpaqueType, 1, 120, 0);
  }
  return message.bytes();
}

std::vector<uint8_t> ChainOfGrowingNames(size_t bytes) {
  RawMessage message({0, kAnyCount});
  size_t previous = message.size();
  message.Name("x").RecordHead(kOpaqueType, 1, 120, 0);
  while (message.size() + 2 + kRecordWithPointerBytes <= bytes) {
    const size_t here = message.size();
    message.Label("x").Pointer(previous).RecordHead(kOpaqueType, 1, 120, 0);
    previous = here;
  }
  return message.bytes();
}

std::vector<uint8_t> PointersToALongName(size_t bytes) {
  RawMessage message({0, kAnyCount});
  const size_t name = message.size();
  for (int i = 0; i < 127; ++i) message.Label("x");
  message.U8(0).BeginRdata(12).Pointer(name).EndRdata();
  while (message.size() + kRecordWithPointerBytes + kPointerBytes <= bytes) {
    message.Pointer(name).BeginRdata(12).Pointer(name).EndRdata();
  }
  return message.bytes();
}

std::vector<uint8_t> ManyQuestions(size_t bytes) {
  constexpr size_t kQuestionBytes = 5;
  RawMessage message({kAnyCount}, /*flags=*/0);
  while (message.size() + kQuestionBytes <= bytes) message.U8(0).U16(1).U16(1);
  return message.bytes();
}

}  // namespace localstore::resolver::dns
