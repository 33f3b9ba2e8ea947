// All attempts to get the image from one source.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "fetcher/backoff.h"
#include "fetcher/download_context.h"
#include "fetcher/error_history.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/resume_policy.h"
#include "fetcher/retry_policy.h"

namespace localstore::fetcher {

// Tries until the image is there and verified, or more trying would not help.
class SourceFetch {
 public:
  // `random`: uniform in [0, 1).
  SourceFetch(DownloadContext* download, const ImageSource& source,
              std::function<double()> random);

  // OK: the sink has the image, of the right size and digest. Otherwise what
  // failed last, and how a next source should see it in `verdict()`; the status
  // of the cancellation when cancelled.
  absl::Status Run();
  RetryVerdict verdict() const { return verdict_; }

 private:
  absl::Status Attempt();
  absl::Status Verify();
  void NoteProgress();
  bool MayTryAgain(const absl::Status& error);
  bool MayStartOver(const absl::Status& error);
  void AwaitNextAttempt(const absl::Status& error);

  DownloadContext& download_;
  const ImageSource& source_;
  const WantedImage wanted_;
  Backoff backoff_;
  RetryVerdict verdict_ = RetryVerdict::kRetry;
  bool fresh_ = false;         // ask the network where the host is
  bool moved_ = false;         // the last attempt left a host that moved
  bool started_over_ = false;  // because of a digest
  bool woken_ = false;         // the attempt came before its time
  bool progressed_ = false;
  int fruitless_ = 0;
  int unusable_ = 0;  // answers, since there was progress
  absl::Duration requested_delay_ = absl::ZeroDuration();
  absl::Time next_attempt_ = absl::InfinitePast();
};

}  // namespace localstore::fetcher
