#include "server/jobs/job_queue.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"
#include "protos/errors/utf8.h"
#include "server/jobs/shared_image.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kRetryWhenFull = absl::Seconds(5);
// A certificate may have more names than a status can carry.
constexpr size_t kMaxShownBytes = 512;

// A job that brings the image for this one; nullptr: none does.
std::shared_ptr<Job> BringerFor(const Job& job, const JobQueue::Jobs& among) {
  const auto found = std::find_if(among.begin(), among.end(),
                                  [&](const std::shared_ptr<Job>& candidate) {
                                    return BringsImageFor(*candidate, job);
                                  });
  return found == among.end() ? nullptr : *found;
}

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
       {"waiting", std::to_string(waiting)},
       {"limit", "max_queued_downloads"}});
  SetRetryDelay(full, kRetryWhenFull);
  return full;
}

absl::Status FullFor(const std::string& client, int downloads) {
  absl::Status full = MakeError(
      v1::ERROR_REASON_QUEUE_FULL,
      absl::StrCat(downloads,
                   " downloads of yours run or wait, which is as many as this "
                   "server allows one client, so that there is room for "
                   "others; try again later, or raise "
                   "max_queued_downloads_per_client"),
      {{"client", Truncate(ToUtf8(client), kMaxShownBytes)},
       {"downloads", std::to_string(downloads)},
       {"limit", "max_queued_downloads_per_client"}});
  SetRetryDelay(full, kRetryWhenFull);
  return full;
}

template <typename Jobs>
bool Erase(Jobs& jobs, const std::shared_ptr<Job>& job) {
  const auto found = std::find(jobs.begin(), jobs.end(), job);
  if (found == jobs.end()) return false;
  jobs.erase(found);
  return true;
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

absl::Status JobQueue::Reserve(const std::string& client) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return Closed();
  const int active = static_cast<int>(running_.size());
  const int waiting = WaitingLocked() + reserved_;
  if (active + waiting >= limits_.active + limits_.waiting) {
    return Full(active, waiting);
  }
  if (!client.empty()) {
    const auto found = by_client_.find(client);
    const int there = found == by_client_.end() ? 0 : found->second;
    if (there >= limits_.active + limits_.waiting_per_client) {
      return FullFor(client, there);
    }
    ++by_client_[client];
  }
  ++reserved_;
  return absl::OkStatus();
}

void JobQueue::GiveBack(const std::string& client) {
  absl::MutexLock lock(&mutex_);
  --reserved_;
  Leave(client);
}

void JobQueue::Leave(const std::string& client) {
  const auto found = by_client_.find(client);
  if (found == by_client_.end()) return;
  if (--found->second == 0) by_client_.erase(found);
}

absl::Status JobQueue::PushReserved(const std::shared_ptr<Job>& job) {
  absl::MutexLock lock(&mutex_);
  --reserved_;
  if (closed_) {
    Leave(job->client());
    return Closed();
  }
  waiting_.push_back(job);
  return absl::OkStatus();
}

absl::Status JobQueue::PushAccepted(const std::shared_ptr<Job>& job) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return Closed();
  waiting_.push_back(job);
  const std::string client = job->client();
  if (!client.empty()) ++by_client_[client];
  return absl::OkStatus();
}

bool JobQueue::Withdraw(const std::shared_ptr<Job>& job) {
  {
    absl::MutexLock lock(&mutex_);
    if (!Erase(held_, job) && !Erase(waiting_, job)) return false;
    Leave(job->client());
  }
  // It may have been the one that others wait for.
  Reconsider();
  return true;
}

JobQueue::Jobs JobQueue::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  Jobs left(waiting_.begin(), waiting_.end());
  left.insert(left.end(), held_.begin(), held_.end());
  waiting_.clear();
  held_.clear();
  return left;
}

void JobQueue::SetLimits(const Limits& limits) {
  absl::MutexLock lock(&mutex_);
  limits_ = limits;
  if (!closed_) StartThreads();
}

int JobQueue::active() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(running_.size());
}

int JobQueue::waiting() const {
  absl::MutexLock lock(&mutex_);
  return WaitingLocked();
}

int JobQueue::WaitingLocked() const {
  return static_cast<int>(waiting_.size() + held_.size());
}

std::shared_ptr<Job> JobQueue::TakeLocked(std::shared_ptr<Job>& held) {
  std::shared_ptr<Job> job = std::move(waiting_.front());
  waiting_.pop_front();
  const std::shared_ptr<Job> bringer = BringerFor(*job, running_);
  if (bringer == nullptr) {
    running_.push_back(job);
    return job;
  }
  (void)job->SetSharedWith(bringer->id());
  held_.push_back(job);
  held = std::move(job);
  return nullptr;
}

void JobQueue::Reconsider() {
  Jobs changed;
  {
    absl::MutexLock lock(&mutex_);
    changed = ReconsiderLocked();
  }
  for (const auto& job : changed) job->Announce();
}

// They were before all that wait now, and are again. One of each image is
// enough: it will bring it for the others.
JobQueue::Jobs JobQueue::ReconsiderLocked() {
  Jobs next;
  Jobs still_held;
  Jobs changed;
  for (const std::shared_ptr<Job>& job : held_) {
    auto bringer = BringerFor(*job, running_);
    if (bringer == nullptr) bringer = BringerFor(*job, next);
    (bringer == nullptr ? next : still_held).push_back(job);
    if (job->SetSharedWith(bringer == nullptr ? "" : bringer->id())) {
      changed.push_back(job);
    }
  }
  held_ = std::move(still_held);
  waiting_.insert(waiting_.begin(), next.begin(), next.end());
  return changed;
}

void JobQueue::Work() {
  const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || (!waiting_.empty() &&
                       static_cast<int>(running_.size()) < limits_.active);
  };
  while (true) {
    std::shared_ptr<Job> job;
    std::shared_ptr<Job> held;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (closed_) return;
      job = TakeLocked(held);
    }
    if (held != nullptr) held->Announce();
    if (job == nullptr) continue;
    run_(job);
    {
      absl::MutexLock lock(&mutex_);
      Erase(running_, job);
      Leave(job->client());
    }
    Reconsider();
  }
}

}  // namespace localstore::server
