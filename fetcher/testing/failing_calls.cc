#include "fetcher/testing/failing_calls.h"

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"

namespace localstore::fetcher {
namespace {

struct Order {
  absl::Mutex mutex;
  bool given ABSL_GUARDED_BY(mutex) = false;
  FailingCalls::Call call ABSL_GUARDED_BY(mutex) = FailingCalls::Call::kRead;
  std::string suffix ABSL_GUARDED_BY(mutex);
  int error ABSL_GUARDED_BY(mutex) = 0;
  int count ABSL_GUARDED_BY(mutex) = 0;
};

Order& TheOrder() {
  static auto& order = *new Order;
  return order;
}

// The error to fail with; 0: none.
int ErrorFor(FailingCalls::Call call, absl::string_view path) {
  Order& order = TheOrder();
  absl::MutexLock lock(&order.mutex);
  if (!order.given || order.call != call ||
      !absl::EndsWith(path, order.suffix)) {
    return 0;
  }
  ++order.count;
  return order.error;
}

ssize_t Read(int file, void* out, size_t size, off_t offset) {
  char link[64];
  char target[PATH_MAX];
  (void)std::snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, target, sizeof(target));
  const int error =
      ErrorFor(FailingCalls::Call::kRead,
               {target, length > 0 ? static_cast<size_t>(length) : size_t{0}});
  if (error == 0) return syscall(SYS_pread64, file, out, size, offset);
  errno = error;
  return -1;
}

}  // namespace

FailingCalls::FailingCalls(Call call, std::string suffix, int error) {
  Order& order = TheOrder();
  absl::MutexLock lock(&order.mutex);
  if (std::exchange(order.given, true)) std::abort();
  order.call = call;
  order.suffix = std::move(suffix);
  order.error = error;
  order.count = 0;
}

FailingCalls::~FailingCalls() {
  Order& order = TheOrder();
  absl::MutexLock lock(&order.mutex);
  order.given = false;
}

// There is only one at a time, but it is what this one has failed.
// NOLINTNEXTLINE(readability-convert-member-functions-to-static)
int FailingCalls::count() const {
  Order& order = TheOrder();
  absl::MutexLock lock(&order.mutex);
  return order.count;
}

}  // namespace localstore::fetcher

// Named as the system's headers name them.
extern "C" {

ssize_t pread(int fd, void* buf, size_t nbytes, off_t offset) {
  return localstore::fetcher::Read(fd, buf, nbytes, offset);
}

ssize_t pread64(int fd, void* buf, size_t nbytes, off64_t offset) {
  return localstore::fetcher::Read(fd, buf, nbytes, offset);
}

int unlinkat(int fd, const char* name, int flag) noexcept {
  const int error = localstore::fetcher::ErrorFor(
      localstore::fetcher::FailingCalls::Call::kDelete, name);
  if (error == 0) {
    return static_cast<int>(syscall(SYS_unlinkat, fd, name, flag));
  }
  errno = error;
  return -1;
}

}  // extern "C"
