#include "server/logging/file_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>

namespace localstore::server {
namespace {

using Clock = std::chrono::steady_clock;

// False when nothing is written until then.
bool AwaitEvent(int events, Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - Clock::now());
  if (left.count() <= 0) return false;
  pollfd waiting = {events, POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
  alignas(inotify_event) char taken[4096];
  return read(events, taken, sizeof(taken)) > 0;
}

}  // namespace

FileWatch::FileWatch(const std::string& path)
    : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      events_(inotify_init1(IN_CLOEXEC)) {
  inotify_add_watch(events_, path.c_str(), IN_MODIFY);
}

FileWatch::~FileWatch() {
  close(file_);
  close(events_);
}

std::string FileWatch::Read() const {
  std::string text;
  char bytes[65536];
  ssize_t count = 0;
  while ((count = pread(file_, bytes, sizeof(bytes),
                        static_cast<off_t>(text.size()))) > 0) {
    text.append(bytes, static_cast<size_t>(count));
  }
  return text;
}

bool FileWatch::Await(const std::function<bool(absl::string_view text)>& holds,
                      absl::Duration patience) const {
  const Clock::time_point until =
      Clock::now() + absl::ToChronoMilliseconds(patience);
  while (!holds(Read())) {
    if (!AwaitEvent(events_, until)) return false;
  }
  return true;
}

}  // namespace localstore::server
