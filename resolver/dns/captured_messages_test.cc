// What responders sent, as it was seen on a bridge.
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/dns/reader.h"
#include "resolver/dns/writer.h"

namespace localstore::resolver::dns {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

constexpr char kFolder[] = "testing/fuzz/corpus/dns_message/";

ReadResult ReadCaptured(const std::string& name) {
  std::ifstream file(absl::StrCat(kFolder, name), std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  const std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(file)),
                                   std::istreambuf_iterator<char>());
  const auto result = ReadMessage(bytes);
  EXPECT_TRUE(result.ok()) << name << ": " << result.status();
  if (!result.ok()) return ReadResult();
  EXPECT_EQ(result->problem, "") << name;
  return *result;
}

Message ReadWhole(const std::string& name) {
  ReadResult result = ReadCaptured(name);
  EXPECT_EQ(result.records_skipped, 0) << name;
  return std::move(result.message);
}

std::string Shown(const Record& record) {
  std::string data = "?";
  if (const auto* address = std::get_if<AddressData>(&record.data)) {
    data = address->address.ToString();
  } else if (const auto* name = std::get_if<NameData>(&record.data)) {
    data = name->target.ToString();
  } else if (const auto* srv = std::get_if<SrvData>(&record.data)) {
    data = absl::StrCat(srv->target.ToString(), ":", srv->port);
  } else if (const auto* txt = std::get_if<TxtData>(&record.data)) {
    data = txt->strings.at(0);
  }
  return absl::StrCat(record.name.ToString(), " ", record.ttl, " ",
                      static_cast<int>(record.type), " ", data);
}

std::vector<std::string> Shown(const std::vector<Record>& records) {
  std::vector<std::string> shown;
  shown.reserve(records.size());
  for (const Record& record : records) shown.push_back(Shown(record));
  return shown;
}

TEST(CapturedMessagesTest, AvahiAnswersWithItsAddress) {
  const Message message = ReadWhole("avahi_address");
  EXPECT_TRUE(message.response);
  EXPECT_TRUE(message.questions.empty());
  EXPECT_THAT(Shown(message.answers),
              ElementsAre("ubuntu-4321-http-server.local 120 1 10.1.0.5"));
  EXPECT_TRUE(message.answers.at(0).cache_flush);
}

TEST(CapturedMessagesTest, AvahiAnswersAOneShotQuery) {
  const Message message = ReadWhole("avahi_legacy_address");
  EXPECT_NE(message.id, 0);
  ASSERT_EQ(message.questions.size(), 1U);
  EXPECT_EQ(message.questions[0].type, Type::kA);
  EXPECT_THAT(Shown(message.answers),
              ElementsAre("ubuntu-4321-http-server.local 10 1 10.1.0.5"));
  EXPECT_FALSE(message.answers.at(0).cache_flush);
}

TEST(CapturedMessagesTest, AvahiAnnouncesItsServices) {
  EXPECT_THAT(
      Shown(ReadWhole("avahi_announce_services").answers),
      IsSupersetOf(
          {"_http._tcp.local 4500 12 ubuntu-4321-http-server._http._tcp.local",
           "ubuntu-4321-http-server._http._tcp.local 120 33 "
           "ubuntu-4321-http-server.local:80",
           "ubuntu-4321-http-server._https._tcp.local 120 33 "
           "ubuntu-4321-http-server.local:443",
           "ubuntu-4321-http-server._http._tcp.local 4500 16 path=/",
           "_workstation._tcp.local 4500 12 ubuntu-4321-http-server "
           "[00:16:3e:01:00:05]._workstation._tcp.local"}));
}

TEST(CapturedMessagesTest, AvahiSaysGoodbye) {
  const Message message = ReadWhole("avahi_goodbye");
  EXPECT_THAT(Shown(message.answers),
              Contains("ubuntu-4321-http-server.local 0 1 10.1.0.5"));
  for (const Record& record : message.answers) EXPECT_EQ(record.ttl, 0U);
}

// Its NSEC has window and length in two bytes each, where RFC 4034
// section 4.1.2 has one, and lists the types that the host has not: nothing to
// go by.
TEST(CapturedMessagesTest, ZeroconfsAddressIsKeptBesideItsMalformedNsec) {
  const ReadResult result = ReadCaptured("zeroconf_address");
  EXPECT_THAT(Shown(result.message.answers),
              ElementsAre("zc-store.local 120 1 10.1.0.5"));
  EXPECT_TRUE(result.message.additionals.empty());
  EXPECT_EQ(result.records_skipped, 1);
  EXPECT_EQ(ReadCaptured("zeroconf_only_nsec").records_skipped, 1);
}

TEST(CapturedMessagesTest, MdnsdAnswersWithAPointerAlone) {
  EXPECT_THAT(Shown(ReadWhole("mdnsd_browse").answers),
              ElementsAre("_http._tcp.local 120 12 Web._http._tcp.local"));
}

TEST(CapturedMessagesTest, EveryOneIsReadWholeAndWrittenNoLonger) {
  for (const char* name : {"avahi_address",
                           "avahi_address_aaaa",
                           "avahi_announce_hinfo",
                           "avahi_announce_host",
                           "avahi_announce_services",
                           "avahi_announce_services_ipv6",
                           "avahi_browse",
                           "avahi_goodbye",
                           "avahi_legacy_address",
                           "avahi_legacy_browse",
                           "avahi_legacy_hinfo",
                           "avahi_probe_host",
                           "avahi_probe_services",
                           "mdnsd_announce",
                           "mdnsd_browse",
                           "mdnsd_legacy_browse",
                           "mdnsd_probe",
                           "query_address",
                           "query_browse_unicast",
                           "zeroconf_announce",
                           "zeroconf_probe"}) {
    const Message message = ReadWhole(name);
    std::ifstream file(absl::StrCat(kFolder, name),
                       std::ios::binary | std::ios::ate);
    const auto written = WriteMessage(message);
    ASSERT_TRUE(written.ok()) << name;
    EXPECT_LE(written->size(), static_cast<size_t>(file.tellg())) << name;
  }
}

}  // namespace
}  // namespace localstore::resolver::dns
