// Records and responses, short to write.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "resolver/dns/message.h"
#include "resolver/dns/name.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

inline dns::Name N(const std::string& text) { return *dns::Name::Parse(text); }
inline IpAddress Ip(const std::string& text) { return *IpAddress::Parse(text); }

inline dns::Record MakeRecord(const std::string& name, dns::Type type,
                              dns::RecordData data, uint32_t ttl, bool flush) {
  dns::Record record;
  record.name = N(name);
  record.type = type;
  record.cache_flush = flush;
  record.ttl = ttl;
  record.data = std::move(data);
  return record;
}

// A or AAAA, as the address is.
inline dns::Record AddressRecord(const std::string& name,
                                 const std::string& address, uint32_t ttl = 120,
                                 bool flush = true) {
  const IpAddress ip = Ip(address);
  return MakeRecord(
      name, ip.family() == IpFamily::kIpv4 ? dns::Type::kA : dns::Type::kAaaa,
      dns::AddressData{ip}, ttl, flush);
}
inline dns::Record CnameRecord(const std::string& name,
                               const std::string& target, uint32_t ttl = 120) {
  return MakeRecord(name, dns::Type::kCname, dns::NameData{N(target)}, ttl,
                    true);
}
inline dns::Record PtrRecord(const std::string& name, const std::string& target,
                             uint32_t ttl = 4500) {
  return MakeRecord(name, dns::Type::kPtr, dns::NameData{N(target)}, ttl,
                    false);
}
inline dns::Record SrvRecord(const std::string& name, const std::string& host,
                             uint16_t port, uint32_t ttl = 120) {
  return MakeRecord(name, dns::Type::kSrv, dns::SrvData{0, 0, port, N(host)},
                    ttl, true);
}
inline dns::Record TxtRecord(const std::string& name,
                             std::vector<std::string> strings,
                             uint32_t ttl = 4500) {
  return MakeRecord(name, dns::Type::kTxt, dns::TxtData{std::move(strings)},
                    ttl, true);
}
inline dns::Record NsecRecord(const std::string& name,
                              std::vector<dns::Type> types,
                              uint32_t ttl = 120) {
  return MakeRecord(name, dns::Type::kNsec,
                    dns::NsecData{N(name), std::move(types)}, ttl, true);
}

inline dns::Message Response(std::vector<dns::Record> answers,
                             std::vector<dns::Record> additionals = {}) {
  dns::Message message;
  message.response = true;
  message.authoritative = true;
  message.answers = std::move(answers);
  message.additionals = std::move(additionals);
  return message;
}

}  // namespace localstore::resolver
