// The network thread: every transfer of the process on one libcurl multi
// handle.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "curl/curl.h"

namespace localstore::fetcher {

// Runs transfers. All members may be called from any thread but its own, where
// not said otherwise. Destroy only when no transfer is left in it.
class TransferLoop {
 public:
  // What the loop runs. Its callbacks, and libcurl's, run on the network thread
  // and must not block.
  class Transfer {
   public:
    virtual ~Transfer() = default;
    virtual CURL* handle() = 0;
    // Called at least once after each Wake and once the time last returned has
    // come. Returns when to be called next, by the monotonic clock. OK to call
    // libcurl for the handle here.
    virtual absl::Time OnTick(absl::Time now) = 0;
    // Asked after libcurl has done what it could: a socket that the transfer
    // reads itself from now on, OnReadable being called when there is something
    // to read; CURL_SOCKET_BAD: none, or not now.
    virtual curl_socket_t DirectSocket() = 0;
    virtual void OnReadable() = 0;
    // Whether there is something to read that the direct socket does not show.
    virtual bool HasMore() const = 0;
    // It ended. It is out of the loop already; nothing is called after this.
    virtual void OnEnd(CURLcode code) = 0;
    // What OnTick or OnReadable say to end it with before libcurl does.
    virtual absl::optional<CURLcode> ended_early() const = 0;
  };

  // Errors: INTERNAL.
  static absl::StatusOr<std::unique_ptr<TransferLoop>> Start();
  ~TransferLoop();

  TransferLoop(const TransferLoop&) = delete;
  TransferLoop& operator=(const TransferLoop&) = delete;

  // `transfer` stays the caller's and must live until OnEnd or Remove.
  void Add(Transfer* transfer) ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes it out if it is still there. When this returns, no callback of it
  // runs or will run.
  void Remove(Transfer* transfer) ABSL_LOCKS_EXCLUDED(mutex_);
  // Has OnTick called soon. Any thread, the network thread too; also when the
  // transfer is not in the loop.
  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether the network thread comes round within `patience`.
  bool Responds(absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Running {
    Transfer* transfer;
    absl::Time next_tick;
  };

  explicit TransferLoop(CURLM* multi);
  void Run();
  // False when the loop is to end.
  bool TakeCommands() ABSL_LOCKS_EXCLUDED(mutex_);
  void Begin(Transfer* transfer);
  void TakeOut(Transfer* transfer);
  void End(Transfer* transfer, CURLcode code);
  void Tick();
  void CollectEnded();
  // Waits until there is something to do, and reads what is not libcurl's.
  void Poll();
  void EndEarly();
  int PollTimeoutMs() const;

  struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  const std::unique_ptr<CURLM, FreeMulti> multi_;

  std::vector<Running> running_;  // of the network thread

  absl::Mutex mutex_;
  std::vector<Transfer*> to_add_ ABSL_GUARDED_BY(mutex_);
  std::vector<Transfer*> to_remove_ ABSL_GUARDED_BY(mutex_);
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t rounds_ ABSL_GUARDED_BY(mutex_) = 0;
  bool tick_all_ = false;  // of the network thread

  std::thread thread_;
};

}  // namespace localstore::fetcher
