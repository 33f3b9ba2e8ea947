// DNS messages as mDNS uses them (RFC 1035 section 4, RFC 6762 section 18).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "resolver/dns/name.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver::dns {

// Record types by their IANA numbers; any other number may be held as well.
enum class Type : uint16_t {
  kA = 1,
  kCname = 5,
  kPtr = 12,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kNsec = 47,
  kAny = 255,
};

constexpr uint16_t kClassIn = 1;

struct Question {
  Name name;
  Type type = Type::kA;
  uint16_t klass = kClassIn;      // without the top bit
  bool unicast_response = false;  // the top bit: QU, RFC 6762 section 5.4

  friend bool operator==(const Question& a, const Question& b) {
    return a.name == b.name && a.type == b.type && a.klass == b.klass &&
           a.unicast_response == b.unicast_response;
  }
};

struct AddressData {  // A and AAAA
  IpAddress address;
  friend bool operator==(const AddressData& a, const AddressData& b) {
    return a.address == b.address;
  }
};
struct NameData {  // PTR and CNAME
  Name target;
  friend bool operator==(const NameData& a, const NameData& b) {
    return a.target == b.target;
  }
};
struct SrvData {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  Name target;
  friend bool operator==(const SrvData& a, const SrvData& b) {
    return a.priority == b.priority && a.weight == b.weight &&
           a.port == b.port && a.target == b.target;
  }
};
struct TxtData {
  std::vector<std::string> strings;  // each 0 to 255 bytes
  friend bool operator==(const TxtData& a, const TxtData& b) {
    return a.strings == b.strings;
  }
};
struct NsecData {  // RFC 6762 section 6.1: which types the name has
  Name next;
  std::vector<Type> types;
  friend bool operator==(const NsecData& a, const NsecData& b) {
    return a.next == b.next && a.types == b.types;
  }
};
struct OpaqueData {  // any other type, or class other than IN: bytes as they
                     // came
  std::string bytes;
  friend bool operator==(const OpaqueData& a, const OpaqueData& b) {
    return a.bytes == b.bytes;
  }
};

using RecordData =
    std::variant<AddressData, NameData, SrvData, TxtData, NsecData, OpaqueData>;

struct Record {
  Name name;
  Type type = Type::kA;
  uint16_t klass = kClassIn;  // without the top bit
  bool cache_flush = false;   // the top bit, RFC 6762 section 10.2
  uint32_t ttl = 0;           // seconds
  RecordData data;

  friend bool operator==(const Record& a, const Record& b) {
    return a.name == b.name && a.type == b.type && a.klass == b.klass &&
           a.cache_flush == b.cache_flush && a.ttl == b.ttl && a.data == b.data;
  }
};

struct Message {
  uint16_t id = 0;
  bool response = false;  // QR
  uint8_t opcode = 0;
  bool authoritative = false;  // AA
  bool truncated = false;      // TC
  uint8_t rcode = 0;
  std::vector<Question> questions;
  std::vector<Record> answers;
  std::vector<Record> authorities;
  std::vector<Record> additionals;
};

}  // namespace localstore::resolver::dns
