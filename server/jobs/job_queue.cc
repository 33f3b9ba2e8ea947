#include "server/jobs/job_queue.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kRetryWhenFull = absl::Seconds(5);

absl::Status Closed() {
  return MakeError(v1::ERROR_REASON_SHUTTING_DOWN,
                   "the server is shutting down and takes no new downloads");
}

absl::Status Full(int active, int waiting) {
  absl::Status full = MakeError(
      v1::ERROR_REASON_QUEUE_FULL,
      absl::StrCat(active, " downloads run and ", waiting,
                   " wait, which is as many as this server allows; try again "
                   "later, or raise max_queued_downloads"),
      {{"active", std::to_string(active)},
       {"waiting", std::to_string(waiting)}});
  SetRetryDelay(full, kRetryWhenFull);
  return full;
}

}  // namespace

JobQueue::JobQueue(const Limits& limits, Run run)
    : run_(std::move(run)), limits_(limits) {
  absl::MutexLock lock(&mutex_);
  StartThreads();
}

JobQueue::~JobQueue() {
  Close();
  Join();
}

void JobQueue::Join() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void JobQueue::StartThreads() {
  while (static_cast<int>(threads_.size()) < limits_.active) {
    threads_.emplace_back([this] { Work(); });
  }
}

absl::Status JobQueue::Reserve() {
  absl::MutexLock lock(&mutex_);
  if (closed_) return Closed();
  const int waiting = static_cast<int>(waiting_.size()) + reserved_;
  if (active_ + waiting >= limits_.active + limits_.waiting) {
    return Full(active_, waiting);
  }
  ++reserved_;
  return absl::OkStatus();
}

void JobQueue::GiveBack() {
  absl::MutexLock lock(&mutex_);
  --reserved_;
}

absl::Status JobQueue::PushReserved(const std::shared_ptr<Job>& job) {
  absl::MutexLock lock(&mutex_);
  --reserved_;
  if (closed_) return Closed();
  waiting_.push_back(job);
  return absl::OkStatus();
}

absl::Status JobQueue::PushAccepted(const std::shared_ptr<Job>& job) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return Closed();
  waiting_.push_back(job);
  return absl::OkStatus();
}

bool JobQueue::Withdraw(const std::shared_ptr<Job>& job) {
  absl::MutexLock lock(&mutex_);
  const auto found = std::find(waiting_.begin(), waiting_.end(), job);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

std::vector<std::shared_ptr<Job>> JobQueue::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  std::vector<std::shared_ptr<Job>> left(waiting_.begin(), waiting_.end());
  waiting_.clear();
  return left;
}

void JobQueue::SetLimits(const Limits& limits) {
  absl::MutexLock lock(&mutex_);
  limits_ = limits;
  if (!closed_) StartThreads();
}

int JobQueue::active() const {
  absl::MutexLock lock(&mutex_);
  return active_;
}

int JobQueue::waiting() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(waiting_.size());
}

void JobQueue::Work() {
  const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || (!waiting_.empty() && active_ < limits_.active);
  };
  while (true) {
    std::shared_ptr<Job> job;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (closed_) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      ++active_;
    }
    run_(job);
    job = nullptr;
    absl::MutexLock lock(&mutex_);
    --active_;
  }
}

}  // namespace localstore::server
