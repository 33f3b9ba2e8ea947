// Fetches one image as the service would, for measurements and trials by hand:
//
//   fetch_once URL ADDRESS DIRECTORY DESTINATION [SHA256] [BYTES_PER_SECOND]
//
// ADDRESS stands in for the answer to the URL's host: "127.0.0.1", on the
// loopback, or address, bridge and source address: "10.1.0.5,bn1,10.1.0.1".
// Several copies at once with FETCH_COPIES=N in the environment, as
// DESTINATION-1 and so on; FETCH_BYTES_PER_SECOND limits all together.
#include <net/if.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/testing/fake_endpoint_source.h"
#include "fetcher/testing/recording_observer.h"

namespace localstore::fetcher {
namespace {

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the variables do not change.
  const char* const text = std::getenv(name);
  int64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

Endpoint ParseEndpoint(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  Endpoint endpoint = LoopbackEndpoint(0, parts[0]);
  if (parts.size() == 3) {
    endpoint.bridge = parts[1];
    endpoint.bridge_index = static_cast<int>(if_nametoindex(parts[1].c_str()));
    endpoint.source_address = parts[2];
  }
  return endpoint;
}

void PrintUsage(absl::Duration wall) {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("wall %.3f user %ld.%03ld sys %ld.%03ld maxrss_kb %ld\n",
              absl::ToDoubleSeconds(wall), usage.ru_utime.tv_sec,
              usage.ru_utime.tv_usec / 1000, usage.ru_stime.tv_sec,
              usage.ru_stime.tv_usec / 1000, usage.ru_maxrss);
}

int Run(const std::vector<std::string>& args) {
  FakeEndpointSource endpoints;
  endpoints.Set("store.local", {ParseEndpoint(args[2])});
  ImageFetcher::Options options;
  options.download_directory = args[3];
  options.max_bytes_per_second = FromEnvironment("FETCH_BYTES_PER_SECOND", 0);
  absl::StatusOr<std::unique_ptr<ImageFetcher>> fetcher =
      ImageFetcher::Create(options, &endpoints);
  if (!fetcher.ok()) {
    (void)std::fprintf(stderr, "%s\n", fetcher.status().ToString().c_str());
    return 1;
  }
  FetchRequest request;
  request.sources.resize(1);
  request.sources[0].url = args[1];
  if (args.size() > 5) request.sha256 = args[5];
  if (args.size() > 6 &&
      !absl::SimpleAtoi(args[6], &request.max_bytes_per_second)) {
    return 2;
  }
  const auto copies = static_cast<int>(FromEnvironment("FETCH_COPIES", 1));
  const absl::Time begin = absl::Now();
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(copies));
  std::vector<absl::Status> results(static_cast<size_t>(copies));
  for (int i = 0; i < copies; ++i) {
    threads.emplace_back([&, i] {
      FetchRequest copy = request;
      copy.destination = copies == 1 ? args[4] : absl::StrCat(args[4], "-", i);
      RecordingObserver observer;
      Cancellation never;
      results[static_cast<size_t>(i)] =
          (*fetcher)->Fetch(copy, observer, never).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  PrintUsage(absl::Now() - begin);
  for (const absl::Status& status : results) {
    if (status.ok()) continue;
    (void)std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace localstore::fetcher

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv, argv + argc);
  if (args.size() < 5) {
    (void)std::fprintf(stderr,
                       "usage: fetch_once URL ADDRESS DIRECTORY DESTINATION "
                       "[SHA256] [BYTES_PER_SECOND]\n");
    return 2;
  }
  return localstore::fetcher::Run(args);
}
