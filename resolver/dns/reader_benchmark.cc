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
  for ([[maybe_unused]] const auto tick : state) {
    benchmark::DoNotOptimize(ReadMessage(bytes));
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(bytes.size()));
}

void ReadWithLdns(benchmark::State& state, const std::vector<uint8_t>& bytes) {
  for ([[maybe_unused]] const auto tick : state) {
    ldns_pkt* packet = nullptr;
    if (ldns_wire2pkt(&packet, bytes.data(), bytes.size()) == LDNS_STATUS_OK) {
      ldns_pkt_free(packet);
    }
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(bytes.size()));
}

BENCHMARK_CAPTURE(ReadWithOurs, service_response, ServiceResponse());
BENCHMARK_CAPTURE(ReadWithLdns, service_response, ServiceResponse());
BENCHMARK_CAPTURE(ReadWithOurs, chain_of_record_names,
                  ChainOfRecordNames(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithLdns, chain_of_record_names,
                  ChainOfRecordNames(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithOurs, chain_inside_rdata,
                  ChainInsideRdata(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithLdns, chain_inside_rdata,
                  ChainInsideRdata(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithOurs, chain_of_growing_names,
                  ChainOfGrowingNames(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithLdns, chain_of_growing_names,
                  ChainOfGrowingNames(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithOurs, pointers_to_a_long_name,
                  PointersToALongName(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithLdns, pointers_to_a_long_name,
                  PointersToALongName(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithOurs, many_questions, ManyQuestions(kJumboBytes));
BENCHMARK_CAPTURE(ReadWithLdns, many_questions, ManyQuestions(kJumboBytes));

}  // namespace
}  // namespace localstore::resolver::dns

BENCHMARK_MAIN();
