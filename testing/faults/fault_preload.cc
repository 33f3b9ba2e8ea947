// LD_PRELOAD for localstored: what it writes fails, comes late, and is written
// down; its wall clock jumps. A page that the test shares with it (FAULT_PAGE)
// says what is to happen; FAULT_LOG gets a line for each operation.
//
// Only files beneath FAULT_ROOTS (separated by ':') are meant.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace {

// Shared with testing/faults/fault_page.py, field by field.
struct FaultPage {
  std::atomic<int64_t> kinds;          // bits of Kind
  std::atomic<int64_t> per_million;    // of the operations that a kind is for
  std::atomic<int64_t> skip;           // so many of them go well before
  std::atomic<int64_t> seed;           // which ones fail
  std::atomic<int64_t> injected;       // how many have
  std::atomic<int64_t> sync_delay_us;  // before each fsync and fdatasync ends
  std::atomic<int64_t> clock_jump_ns;  // of CLOCK_REALTIME
  std::atomic<int64_t> kill_at;        // SIGKILL at this operation; 0: none
  std::atomic<int64_t> operations;
};

enum Kind : int64_t {
  kWriteNoSpace = 1,
  kWriteError = 2,
  kWriteShort = 4,
  kSyncError = 8,
  kRenameError = 16,
  kWriteQuota = 32,
};

constexpr int64_t kMillion = 1000000;
constexpr int64_t kBillion = 1000000000;
// A kernel looks at its timers again when its clock is set.
constexpr int64_t kSliceNs = 20000000;

FaultPage* page = nullptr;
int log_file = -1;
// Constructors of objects would run after SetUp.
const char* roots = "";

// What the names of this library stand for elsewhere. Found before any thread
// is there: a static local would be guarded by a lock that itself waits by
// syscall(2).
struct RealFunctions {
  ssize_t (*pwrite64)(int, const void*, size_t, off64_t);
  int (*fsync)(int);
  int (*fdatasync)(int);
  int (*rename)(const char*, const char*);
  int (*renameat)(int, const char*, int, const char*);
  int (*renameat2)(int, const char*, int, const char*, unsigned int);
  int (*clock_gettime)(clockid_t, timespec*);
  int64_t (*syscall)(int64_t, ...);
};
RealFunctions found;

template <typename Function>
void Find(Function& function, const char* name) {
  void* symbol = dlsym(RTLD_NEXT, name);
  memcpy(&function, &symbol, sizeof(function));
}

// Others' constructors may call before SetUp.
const RealFunctions& Real() {
  if (found.syscall != nullptr) return found;
  Find(found.pwrite64, "pwrite64");
  Find(found.fsync, "fsync");
  Find(found.fdatasync, "fdatasync");
  Find(found.rename, "rename");
  Find(found.renameat, "renameat");
  Find(found.renameat2, "renameat2");
  Find(found.clock_gettime, "clock_gettime");
  Find(found.syscall, "syscall");
  return found;
}

const char* EnvironmentAtStart(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is no other thread yet.
  return getenv(name);
}

__attribute__((constructor)) void SetUp() {
  Real();
  const char* path = EnvironmentAtStart("FAULT_PAGE");
  const char* log = EnvironmentAtStart("FAULT_LOG");
  const char* under = EnvironmentAtStart("FAULT_ROOTS");
  if (path == nullptr || under == nullptr) return;
  roots = under;
  if (log != nullptr) {
    log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  const int file = open(path, O_RDWR | O_CLOEXEC);
  void* mapped = mmap(nullptr, sizeof(FaultPage), PROT_READ | PROT_WRITE,
                      MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) page = static_cast<FaultPage*>(mapped);
}

int64_t MonotonicNs() {
  timespec now = {};
  Real().clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kBillion + now.tv_nsec;
}

bool IsMeant(const std::string& path) {
  const char* begin = roots;
  while (*begin != '\0') {
    const char* end = strchrnul(begin, ':');
    const auto size = static_cast<size_t>(end - begin);
    if (size > 0 && path.compare(0, size, begin, size) == 0) return true;
    begin = *end == '\0' ? end : end + 1;
  }
  return false;
}

std::string PathOf(int file) {
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  char target[4096];
  const ssize_t size = readlink(link.c_str(), target, sizeof(target));
  return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

std::string PathAt(int directory, const char* name) {
  if (name[0] == '/') return name;
  if (directory == AT_FDCWD) return name;
  return PathOf(directory) + "/" + name;
}

// Whether the operation is one of those that fail. The same seed and the same
// order give the same ones.
bool Strikes(int64_t kind) {
  if (page == nullptr || (page->kinds.load() & kind) == 0) return false;
  if (page->skip.load() > 0) {
    page->skip.fetch_sub(1);
    return false;
  }
  auto state = static_cast<uint64_t>(page->seed.fetch_add(1)) * 2 + 1;
  state *= 0x9E3779B97F4A7C15U;
  state ^= state >> 29;
  state *= 0xBF58476D1CE4E5B9U;
  state ^= state >> 32;
  if (static_cast<int64_t>(state % kMillion) >= page->per_million.load()) {
    return false;
  }
  page->injected.fetch_add(1);
  return true;
}

void Count() {
  if (page == nullptr) return;
  const int64_t number = page->operations.fetch_add(1) + 1;
  if (number == page->kill_at.load()) {
    kill(getpid(), SIGKILL);
    while (true) pause();
  }
}

void Log(const char* operation, const std::string& path, int64_t begun,
         int64_t offset, int64_t size, const std::string& more) {
  if (log_file < 0) return;
  const int error = errno;
  const std::string line = std::to_string(begun) + "\t" +
                           std::to_string(MonotonicNs()) + "\t" + operation +
                           "\t" + path + "\t" + std::to_string(offset) + "\t" +
                           std::to_string(size) + "\t" + more + "\n";
  if (write(log_file, line.data(), line.size()) < 0) abort();
  errno = error;
}

ssize_t FaultyWrite(int file, const void* data, size_t size, off64_t offset,
                    ssize_t (*real)(int, const void*, size_t, off64_t)) {
  const std::string path = PathOf(file);
  if (!IsMeant(path)) return real(file, data, size, offset);
  Count();
  const int64_t begun = MonotonicNs();
  ssize_t written = -1;
  if (Strikes(kWriteNoSpace)) {
    errno = ENOSPC;
  } else if (Strikes(kWriteQuota)) {
    errno = EDQUOT;
  } else if (Strikes(kWriteError)) {
    errno = EIO;
  } else if (size > 1 && Strikes(kWriteShort)) {
    // O_DIRECT writes stay aligned, as the kernel's short ones do.
    const size_t half = size >= 8192 ? size / 2 / 4096 * 4096 : size / 2;
    written = real(file, data, half, offset);
  } else {
    written = real(file, data, size, offset);
  }
  Log("write", path, begun, offset, written, "");
  return written;
}

int FaultySync(const char* operation, int file, int (*real)(int)) {
  const std::string path = PathOf(file);
  if (!IsMeant(path)) return real(file);
  Count();
  const int64_t begun = MonotonicNs();
  int result = -1;
  if (Strikes(kSyncError)) {
    errno = EIO;
  } else {
    result = real(file);
    if (page != nullptr && page->sync_delay_us.load() > 0) {
      const int error = errno;
      const int64_t delay = page->sync_delay_us.load();
      const timespec pause = {delay / kMillion, delay % kMillion * 1000};
      nanosleep(&pause, nullptr);
      errno = error;
    }
  }
  Log(operation, path, begun, 0, result, "");
  return result;
}

// "durable N" of a resume record that is about to be renamed.
std::string DurableOf(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  char text[8192];
  const ssize_t size = read(file, text, sizeof(text) - 1);
  close(file);
  if (size <= 0) return "";
  text[size] = '\0';
  const char* durable = strstr(text, "\ndurable ");
  if (durable == nullptr) return "";
  return std::to_string(strtoll(durable + strlen("\ndurable "), nullptr, 10));
}

template <typename Call>
int FaultyRename(const std::string& from, const std::string& to, Call real) {
  if (!IsMeant(from)) return real();
  Count();
  const int64_t begun = MonotonicNs();
  const std::string durable = DurableOf(from);
  int result = -1;
  if (Strikes(kRenameError)) {
    errno = EIO;
  } else {
    result = real();
  }
  Log("rename", from, begun,
      durable.empty() ? -1 : strtoll(durable.c_str(), nullptr, 10), result, to);
  return result;
}

int64_t ToNs(const timespec& time) {
  return time.tv_sec * kBillion + time.tv_nsec;
}

timespec FromNs(int64_t ns) {
  if (ns < 0) ns = 0;
  return {ns / kBillion, ns % kBillion};
}

int64_t RealtimeNs() {
  timespec now = {};
  Real().clock_gettime(CLOCK_REALTIME, &now);
  return ToNs(now);
}

}  // namespace

extern "C" {

// Under names of our own, for glibc's headers declare theirs otherwise.
ssize_t Pwrite64(int file, const void* data, size_t size,
                 off64_t offset) __asm__("pwrite64");
ssize_t Pwrite(int file, const void* data, size_t size,
               off_t offset) __asm__("pwrite");
int Fsync(int file) __asm__("fsync");
int Fdatasync(int file) __asm__("fdatasync");
int Rename(const char* from, const char* to) noexcept __asm__("rename");
int Renameat(int from_directory, const char* from, int to_directory,
             const char* to) noexcept __asm__("renameat");
int Renameat2(int from_directory, const char* from, int to_directory,
              const char* to, unsigned int flags) noexcept __asm__("renameat2");
int ClockGettime(clockid_t clock, timespec* time) noexcept
    __asm__("clock_gettime");
int64_t Syscall(int64_t number, ...) noexcept __asm__("syscall");

ssize_t Pwrite64(int file, const void* data, size_t size, off64_t offset) {
  const auto real = Real().pwrite64;
  return FaultyWrite(file, data, size, offset, real);
}

ssize_t Pwrite(int file, const void* data, size_t size, off_t offset) {
  return Pwrite64(file, data, size, offset);
}

int Fsync(int file) {
  const auto real = Real().fsync;
  return FaultySync("fsync", file, real);
}

int Fdatasync(int file) {
  const auto real = Real().fdatasync;
  return FaultySync("fdatasync", file, real);
}

int Rename(const char* from, const char* to) noexcept {
  const auto real = Real().rename;
  return FaultyRename(from, to, [&] { return real(from, to); });
}

int Renameat(int from_directory, const char* from, int to_directory,
             const char* to) noexcept {
  const auto real = Real().renameat;
  return FaultyRename(
      PathAt(from_directory, from), PathAt(to_directory, to),
      [&] { return real(from_directory, from, to_directory, to); });
}

int Renameat2(int from_directory, const char* from, int to_directory,
              const char* to, unsigned int flags) noexcept {
  const auto real = Real().renameat2;
  return FaultyRename(
      PathAt(from_directory, from), PathAt(to_directory, to),
      [&] { return real(from_directory, from, to_directory, to, flags); });
}

int ClockGettime(clockid_t clock, timespec* time) noexcept {
  const auto real = Real().clock_gettime;
  const int result = real(clock, time);
  if (result == 0 && page != nullptr &&
      (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    *time = FromNs(ToNs(*time) + page->clock_jump_ns.load());
  }
  return result;
}

// Abseil waits by futex(2) until a moment of CLOCK_REALTIME; the kernel would
// follow its own clock, not ours.
int64_t Syscall(int64_t number, ...) noexcept {
  const auto real = Real().syscall;
  va_list list;
  va_start(list, number);
  int64_t a[6];
  for (int64_t& argument : a) argument = va_arg(list, int64_t);
  va_end(list);
  const bool waits = number == SYS_futex && page != nullptr && a[3] != 0 &&
                     (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET &&
                     (a[1] & FUTEX_CLOCK_REALTIME) != 0;
  if (!waits) return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  timespec until = {};
  const timespec* given = nullptr;
  memcpy(&given, &a[3], sizeof(a[3]));
  memcpy(&until, given, sizeof(until));
  while (true) {
    const int64_t left =
        ToNs(until) - (RealtimeNs() + page->clock_jump_ns.load());
    const int64_t slice = left < kSliceNs ? left : kSliceNs;
    timespec end = FromNs(RealtimeNs() + (slice > 0 ? slice : 0));
    const int64_t result = real(number, a[0], a[1], a[2], &end, a[4], a[5]);
    if (result == 0 || errno != ETIMEDOUT || left <= kSliceNs) return result;
  }
}

}  // extern "C"
