#include "server/metrics/process_collector.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "server/metrics/catalog.h"

namespace localstore::server {
namespace {

// The fields of /proc/self/stat (proc(5)) behind the program's name, which may
// hold anything; the first of them is the third.
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(text.substr(name_end + 1), ' ', absl::SkipEmpty());
}

double Field(const std::vector<std::string>& fields, size_t number) {
  constexpr size_t kFirst = 3;
  double value = 0;
  if (number - kFirst >= fields.size() ||
      !absl::SimpleAtod(fields[number - kFirst], &value)) {
    return 0;
  }
  return value;
}

double Ticks() { return static_cast<double>(sysconf(_SC_CLK_TCK)); }

double Now(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) / 1e9;
}

// In seconds since 1970; the kernel tells it in ticks since it booted.
double StartTime() {
  constexpr size_t kStartTime = 22;
  const double since_boot = Field(StatFields(), kStartTime) / Ticks();
  return Now(CLOCK_REALTIME) - Now(CLOCK_BOOTTIME) + since_boot;
}

double OpenDescriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"),
                                                      closedir);
  if (directory == nullptr) return 0;
  int entries = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this one.
  while (readdir(directory.get()) != nullptr) ++entries;
  constexpr int kNotDescriptors = 3;  // ".", "..", and the directory's own
  return entries - kNotDescriptors;
}

double DescriptorLimit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0
             ? static_cast<double>(limit.rlim_cur)
             : 0;
}

prometheus::MetricFamily Single(const char* name, double value) {
  auto family = MakeFamily(name);
  AddSample(value, {}, family);
  return family;
}

}  // namespace

ProcessCollector::ProcessCollector(std::string version)
    : version_(std::move(version)), start_time_(StartTime()) {}

std::vector<prometheus::MetricFamily> ProcessCollector::Collect() const {
  constexpr size_t kUserTime = 14;
  constexpr size_t kSystemTime = 15;
  constexpr size_t kThreads = 20;
  constexpr size_t kVirtualBytes = 23;
  constexpr size_t kResidentPages = 24;
  const std::vector<std::string> fields = StatFields();
  auto build = MakeFamily("localstore_build_info");
  AddSample(1, {version_}, build);
  return {
      build,
      Single("process_cpu_seconds_total",
             (Field(fields, kUserTime) + Field(fields, kSystemTime)) / Ticks()),
      Single("process_resident_memory_bytes",
             Field(fields, kResidentPages) *
                 static_cast<double>(sysconf(_SC_PAGESIZE))),
      Single("process_virtual_memory_bytes", Field(fields, kVirtualBytes)),
      Single("process_threads", Field(fields, kThreads)),
      Single("process_open_fds", OpenDescriptors()),
      Single("process_max_fds", DescriptorLimit()),
      Single("process_start_time_seconds", start_time_)};
}

}  // namespace localstore::server
