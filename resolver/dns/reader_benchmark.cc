// What it takes to read a message: one of a responder in good faith, and those
// made to be costly. Each is read by ldns as well, for scale; what either of
// them makes of a hostile message may differ.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "ldns/ldns.h"
#include "resolver/dns/hostile_messages.h"
#include "resolver/dns/raw_message.h"
#include "resolver/dns/reader.h"

namespace localstore::resolver::dns {
namespace {

constexpr size_t kJumboBytes = 8952;  // RFC 6762 section 17

// As a host with one HTTP service answers: PTR, and SRV, TXT, A with it.
std::vector<uint8_t> ServiceResponse() {
  RawMessage message({0, 1, 0, 3});
  const size_t type = message.size();
  message.Name("_http._tcp.local").BeginRdata(12, 1, 4500);
  const size_t instance = message.size();
  message.Label("ubuntu-4321-http-server").Pointer(type).EndRdata();
  message.Pointer(instance).BeginRdata(33, 0x8001).U16(0).U16(0).U16(8080);
  const size_t host = message.size();
  message.Label("ubuntu-4321-http-server").Pointer(type + 11).EndRdata();
  message.Pointer(instance).BeginRdata(16, 0x8001, 4500).Label("path=/images");
  message.EndRdata();
  message.Pointer(host).BeginRdata(1, 0x8001).U32(0x0a010005).EndRdata();
  return message.bytes();
}

void ReadWithOurs(benchmark::State& state, const std::vector<uint8_t>& bytes) {
  for (auto _ : state) benchmark::DoNotOptimize(ReadMessage(bytes));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(bytes.size()));
}

void ReadWithLdns(benchmark::State& state, const std::vector<uint8_t>& bytes) {
  for (auto _ : state) {
    ldns_pkt* packet = nullptr;
    if (ldns_wire2pkt(&packet, bytes.data(), bytes.size()) == LDNS_STATUS_OK) {
      ldns_pkt_free(packet);
    }
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(bytes.size()));
}

void Register(const char* name, const std::vector<uint8_t>& bytes) {
  using benchmark::RegisterBenchmark;
  const std::string shape(name);
  RegisterBenchmark((shape + "/ours").c_str(), ReadWithOurs, bytes);
  RegisterBenchmark((shape + "/ldns").c_str(), ReadWithLdns, bytes);
}

}  // namespace
}  // namespace localstore::resolver::dns

int main(int argc, char** argv) {
  namespace dns = localstore::resolver::dns;
  dns::Register("service_response", dns::ServiceResponse());
  dns::Register("chain_of_record_names",
                dns::ChainOfRecordNames(dns::kJumboBytes));
  dns::Register("chain_inside_rdata", dns::ChainInsideRdata(dns::kJumboBytes));
  dns::Register("chain_of_growing_names",
                dns::ChainOfGrowingNames(dns::kJumboBytes));
  dns::Register("pointers_to_a_long_name",
                dns::PointersToALongName(dns::kJumboBytes));
  dns::Register("many_questions", dns::ManyQuestions(dns::kJumboBytes));
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
