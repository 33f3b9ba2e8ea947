// One download: what it is doing, and who watches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "fetcher/cancellation.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/jobs/download_order.h"
#include "server/jobs/job_observers.h"
#include "server/jobs/rate_estimator.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Thread-safe. Held by shared_ptr.
class Job : public fetcher::FetchObserver,
            public std::enable_shared_from_this<Job> {
 public:
  // `sequence` orders jobs by when they were asked for. `timer` must outlive
  // the job.
  Job(DownloadOrder order, uint64_t sequence, Timer* timer);

  // Takes up a job of an earlier process where `last` left it.
  Job(DownloadOrder order, uint64_t sequence, v1::Download last, Timer* timer);

  const std::string& id() const { return id_; }
  const std::string& destination() const { return destination_; }
  const std::string& sha256() const { return sha256_; }
  const std::string& fingerprint() const { return fingerprint_; }
  uint64_t sequence() const { return sequence_; }
  std::shared_ptr<const DownloadOrder> order() const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Who ordered it; see DownloadOrder.
  std::string client() const { return order()->client; }

  struct View {
    v1::Download download;
    uint64_t revision = 0;  // grows with every change, progress included
    bool final = false;     // see final()
  };
  View Look() const ABSL_LOCKS_EXCLUDED(mutex_);
  v1::Download Snapshot() const { return Look().download; }
  // The same, into a message that may live in an arena.
  void CopySnapshotTo(v1::Download& download) const ABSL_LOCKS_EXCLUDED(mutex_);
  uint64_t revision() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Completed, failed or cancelled.
  bool ended() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Stopped by the server's end; another process will go on with it.
  bool interrupted() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Ended or interrupted: nothing changes any more.
  bool final() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Once final: OK when completed, else why not. It is what ends the streams.
  absl::Status outcome() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Ended, and the image is at its destination.
  bool completed() const ABSL_LOCKS_EXCLUDED(mutex_);
  // When it was asked for; when it ended, once it has.
  absl::Time create_time() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Time end_time() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for its next attempt.
  bool backing_off() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Who hears of this job.
  JobObservers& observers() { return observers_; }

  // A Download stream begins or ends. The job is abandoned when the last one
  // has ended and each asked for DISCONNECT_POLICY_CANCEL.
  void AddStream(v1::DisconnectPolicy policy) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] bool RemoveStreamAndTestAbandoned() ABSL_LOCKS_EXCLUDED(mutex_);

  // What stops the fetch.
  fetcher::Cancellation& cancellation() { return cancellation_; }

  // It waits, without an end, for what `why` asks for.
  void Park(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mutex_);

  // One that is parked goes back to the queue, with an order of the same
  // fingerprint that has what it waited for.
  void Renew(DownloadOrder order) ABSL_LOCKS_EXCLUDED(mutex_);

  // Which other download brings the image for this one, until it fetches the
  // image itself; "" for none. False if that is no change. Observers hear of it
  // with Announce.
  bool SetSharedWith(const std::string& id) ABSL_LOCKS_EXCLUDED(mutex_);
  void Announce();

  // It leaves the queue.
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  // It is over; only the first call counts, and is true. CANCELLED and
  // SHUTTING_DOWN errors lead to the states of their own, others to
  // STATE_FAILED. Observers hear of it with Announce.
  [[nodiscard]] bool Settle(const absl::StatusOr<fetcher::FetchResult>& result)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Both.
  void End(const absl::StatusOr<fetcher::FetchResult>& result)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // fetcher::FetchObserver:
  void OnAttempt(int attempt, const fetcher::ImageSource& source) override;
  void OnResolving() override;
  void OnConnecting(const fetcher::Endpoint& endpoint,
                    const std::string& effective_url) override;
  void OnTransferring(int64_t total_bytes, int64_t resumed_bytes,
                      const std::string& content_type) override;
  void OnProgress(int64_t received_bytes) override;
  void OnVerifying() override;
  void OnWaiting(const absl::Status& error, absl::Duration delay) override;
  void OnTrouble(const absl::Status& error) override;

 private:
  void CopyTo(v1::Download& download) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetOutcome(const absl::StatusOr<fetcher::FetchResult>& result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Notify();

  const std::string id_;
  const std::string destination_;
  const std::string sha256_;
  const std::string fingerprint_;
  const uint64_t sequence_;
  Timer* const timer_;
  fetcher::Cancellation cancellation_;
  JobObservers observers_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const DownloadOrder> order_ ABSL_GUARDED_BY(mutex_);
  v1::Download download_ ABSL_GUARDED_BY(mutex_);
  const int attempts_before_ = 0;  // by an earlier process
  RateEstimator rate_ ABSL_GUARDED_BY(mutex_);
  uint64_t revision_ ABSL_GUARDED_BY(mutex_) = 1;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status outcome_ ABSL_GUARDED_BY(mutex_);
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  bool all_streams_cancel_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace localstore::server
