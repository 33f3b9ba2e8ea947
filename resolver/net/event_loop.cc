#include "resolver/net/event_loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

#include "absl/synchronization/notification.h"
#include "resolver/net/system_error.h"

namespace localstore::resolver {
namespace {

constexpr uint64_t kWakeupKey = 0;
constexpr uint64_t kTimerKey = 1;
constexpr size_t kMaxEventsPerTurn = 64;

thread_local const EventLoop* current_loop = nullptr;

// Those that the process is sent, not those that a fault of this thread raises.
sigset_t ProcessSignals() {
  sigset_t signals;
  sigfillset(&signals);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
    sigdelset(&signals, fault);
  }
  return signals;
}

void Drain(int fd) {
  uint64_t count = 0;
  // Fails only when there is nothing to read, which is as good.
  [[maybe_unused]] const ssize_t bytes = read(fd, &count, sizeof count);
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Start(
    const std::string& thread_name) {
  std::unique_ptr<EventLoop> loop(new EventLoop);
  if (absl::Status status = loop->OpenDescriptors(); !status.ok()) {
    return status;
  }
  if (absl::Status status = loop->StartThread(thread_name); !status.ok()) {
    return status;
  }
  return loop;
}

EventLoop::~EventLoop() { Stop(); }

void EventLoop::Stop() {
  if (!joinable_) return;
  assert(!IsCurrentThread());
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(wakeup_.get(), 1);
  pthread_join(thread_, nullptr);
  joinable_ = false;
  ended_ = true;
  // One by one: a dropped task may hold what cancels others when it goes.
  for (const TimerId id : timers_.Due(absl::InfiniteFuture())) timers_.Take(id);
}

absl::Time EventLoop::Now() const {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::TimeFromTimespec(now);
}

EventLoop::TimerId EventLoop::RunAfter(absl::Duration delay,
                                       std::function<void()> task) {
  assert(MayUseLoopState());
  return timers_.Add(Now() + delay, std::move(task));
}

void EventLoop::CancelTimer(TimerId id) {
  assert(MayUseLoopState());
  timers_.Cancel(id);
}

void EventLoop::Post(std::function<void()> task) {
  PostUnlessStopped(std::move(task));
}

bool EventLoop::IsCurrentThread() const { return current_loop == this; }

bool EventLoop::RunAndWait(const std::function<void()>& task) {
  if (IsCurrentThread()) {
    task();
    return true;
  }
  absl::Notification done;
  const bool posted = PostUnlessStopped([&] {
    task();
    done.Notify();
  });
  if (posted) done.WaitForNotification();
  return posted;
}

absl::Status EventLoop::AddFd(int fd, std::function<void()> ready) {
  assert(MayUseLoopState());
  const uint64_t key = last_key_ + 1;
  if (absl::Status status = Watch(fd, key); !status.ok()) return status;
  last_key_ = key;
  keys_[fd] = key;
  callbacks_[key] = std::make_shared<ReadyCallback>(std::move(ready));
  return absl::OkStatus();
}

void EventLoop::RemoveFd(int fd) {
  assert(MayUseLoopState());
  const auto key = keys_.find(fd);
  if (key == keys_.end()) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  const auto callback = callbacks_.find(key->second);
  // What the callback holds may, on its way out, come back here.
  const std::shared_ptr<ReadyCallback> dropped = std::move(callback->second);
  callbacks_.erase(callback);
  keys_.erase(key);
}

absl::Status EventLoop::OpenDescriptors() {
  epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) {
    return SystemError("cannot wait for sockets (epoll_create1)", errno);
  }
  wakeup_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wakeup_.valid()) {
    return SystemError("cannot wait for other threads (eventfd)", errno);
  }
  timer_ = UniqueFd(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer_.valid()) {
    return SystemError("cannot wait for timers (timerfd_create)", errno);
  }
  absl::Status status = Watch(wakeup_.get(), kWakeupKey);
  status.Update(Watch(timer_.get(), kTimerKey));
  return status;
}

absl::Status EventLoop::Watch(int fd, uint64_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return SystemError("cannot wait for a descriptor (epoll_ctl)", errno);
  }
  return absl::OkStatus();
}

absl::Status EventLoop::StartThread(const std::string& thread_name) {
  sigset_t before;
  const sigset_t blocked = ProcessSignals();
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const int error = pthread_create(
      &thread_, nullptr,
      [](void* self) -> void* {
        static_cast<EventLoop*>(self)->Run();
        return nullptr;
      },
      this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return SystemError("cannot start a thread", error);
  joinable_ = true;
  pthread_setname_np(thread_, thread_name.substr(0, 15).c_str());
  return absl::OkStatus();
}

bool EventLoop::PostUnlessStopped(std::function<void()> task) {
  bool was_empty = false;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    was_empty = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (was_empty) eventfd_write(wakeup_.get(), 1);
  return true;
}

bool EventLoop::MayUseLoopState() const { return IsCurrentThread() || ended_; }

void EventLoop::Run() {
  current_loop = this;
  while (RunPosted()) {
    RunDueTimers();
    WaitAndDispatch();
  }
}

bool EventLoop::RunPosted() {
  std::vector<std::function<void()>> tasks;
  bool go_on = true;
  {
    absl::MutexLock lock(&mutex_);
    tasks.swap(posted_);
    go_on = !stopping_;
  }
  for (std::function<void()>& task : tasks) {
    std::exchange(task, nullptr)();
  }
  return go_on;
}

void EventLoop::RunDueTimers() {
  // A timer that is set by one of these waits for the next turn.
  for (const TimerId id : timers_.Due(Now())) {
    if (const std::function<void()> task = timers_.Take(id)) task();
  }
}

void EventLoop::ArmTimer() {
  const absl::Time deadline = timers_.NextDeadline();
  if (deadline == armed_deadline_) return;
  armed_deadline_ = deadline;
  itimerspec spec{};  // all zero: disarmed
  if (deadline != absl::InfiniteFuture()) {
    spec.it_value = absl::ToTimespec(
        std::max(deadline, absl::UnixEpoch() + absl::Nanoseconds(1)));
  }
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void EventLoop::WaitAndDispatch() {
  ArmTimer();
  std::array<epoll_event, kMaxEventsPerTurn> events;
  const int count =
      epoll_wait(epoll_.get(), events.data(), kMaxEventsPerTurn, -1);
  for (int i = 0; i < count; ++i) Dispatch(events[i].data.u64);
}

void EventLoop::Dispatch(uint64_t key) {
  if (key == kWakeupKey) {
    Drain(wakeup_.get());
    return;
  }
  if (key == kTimerKey) {
    Drain(timer_.get());
    armed_deadline_ = absl::InfiniteFuture();
    return;
  }
  const auto found = callbacks_.find(key);
  if (found == callbacks_.end()) return;
  const std::shared_ptr<ReadyCallback> callback = found->second;
  (*callback)();
}

}  // namespace localstore::resolver
