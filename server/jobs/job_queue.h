// First come, first served; so many at once, so many waiting, and not all of
// them of one client. Of those that
// want the same image one runs, and the others wait for it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/jobs/job.h"

namespace localstore::server {

// Thread-safe.
class JobQueue {
 public:
  struct Limits {
    int active = 4;                // at once; at least 1
    int waiting = 100;             // beyond those; at least 0
    int waiting_per_client = 100;  // of them, of one client; at least 0
  };
  using Run = std::function<void(const std::shared_ptr<Job>&)>;
  using Jobs = std::vector<std::shared_ptr<Job>>;

  // `run` is called on threads of the queue's own, one for each active job.
  JobQueue(const Limits& limits, Run run);
  // Closes the queue and waits for what runs.
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  // Keeps a place for a job of `client` that is about to be pushed. Errors:
  // QUEUE_FULL, which says whether all or this client have taken what they may;
  // SHUTTING_DOWN once closed.
  absl::Status Reserve(const std::string& client) ABSL_LOCKS_EXCLUDED(mutex_);
  void GiveBack(const std::string& client) ABSL_LOCKS_EXCLUDED(mutex_);

  // Into the place that was reserved. Errors: SHUTTING_DOWN.
  absl::Status PushReserved(const std::shared_ptr<Job>& job)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // However many wait: for jobs that were accepted before. Errors:
  // SHUTTING_DOWN.
  absl::Status PushAccepted(const std::shared_ptr<Job>& job)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // A job that runs waits for its next attempt: those that waited for the same
  // image and know of another source run.
  void Reconsider() ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes a job out before it runs; false if it does not wait here.
  bool Withdraw(const std::shared_ptr<Job>& job) ABSL_LOCKS_EXCLUDED(mutex_);

  // Lets no more in and none start; returns those that waited.
  Jobs Close() ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for what runs; only after Close.
  void Join() ABSL_LOCKS_EXCLUDED(mutex_);

  // Jobs that run are left alone.
  void SetLimits(const Limits& limits) ABSL_LOCKS_EXCLUDED(mutex_);

  int active() const ABSL_LOCKS_EXCLUDED(mutex_);
  int waiting() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Work();
  // The next job that is to run; nullptr when there was none, or only ones that
  // wait for an image. `held` gets the one that was found to do so.
  std::shared_ptr<Job> TakeLocked(std::shared_ptr<Job>& held)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Those that are left to another job than before, or to none any more, to be
  // announced.
  Jobs ReconsiderLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int WaitingLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(const std::string& client) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartThreads() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Run run_;
  mutable absl::Mutex mutex_;
  Limits limits_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  int reserved_ ABSL_GUARDED_BY(mutex_) = 0;
  // Whose how many there are, from when a place is reserved to the job's end.
  // Those of nobody in particular ("") are not counted.
  std::unordered_map<std::string, int> by_client_ ABSL_GUARDED_BY(mutex_);
  Jobs running_ ABSL_GUARDED_BY(mutex_);
  // Their turn has come, but another job brings the image.
  Jobs held_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Job>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
