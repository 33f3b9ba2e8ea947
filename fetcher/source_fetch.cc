#include "fetcher/source_fetch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fetcher/datastore_url.h"
#include "fetcher/digest_mismatch.h"
#include "fetcher/monotonic_clock.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/size_limits.h"
#include "fetcher/source_attempt.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

// Less does not count as progress: a datastore that breaks off after every few
// bytes would hold a download for ever.
constexpr int64_t kProgressBytes = 64 << 10;
// Changes come in bursts; one try is enough for all of them.
constexpr absl::Duration kSettle = absl::Milliseconds(100);

std::string SourceName(const ImageSource& source) {
  if (!source.datastore.empty()) return source.datastore;
  const absl::StatusOr<DatastoreUrl> url =
      DatastoreUrl::Parse(source.url, "url");
  return url.ok() ? url->host() : "";
}

}  // namespace

SourceFetch::SourceFetch(DownloadContext* download, const ImageSource& source,
                         std::function<double()> random)
    : download_(*download),
      source_(source),
      wanted_{Sha256Hex(source.url), download->request.sha256},
      backoff_({download->fetcher.options.initial_backoff,
                download->fetcher.options.max_backoff},
               std::move(random)) {}

absl::Status SourceFetch::Run() {
  while (true) {
    absl::Status status = Attempt();
    const absl::Status cancelled = download_.gate.cancellation().status();
    if (status.ok() || !cancelled.ok()) return status.ok() ? status : cancelled;
    download_.history.Add(SourceName(source_), status);
    download_.gate.Observe(
        [&](FetchObserver& o) { o.OnAttemptFailed(status); });
    NoteProgress();
    if (MayStartOver(status)) continue;
    if (!MayTryAgain(status)) return status;
    AwaitNextAttempt(status);
  }
}

absl::Status SourceFetch::Attempt() {
  const int number = ++download_.attempts;
  download_.gate.Observe(
      [&](FetchObserver& o) { o.OnAttempt(number, source_); });
  // A change from here on is news; one before is in what is found now.
  download_.signals.Clear(Signals::kEndpointsChanged);
  SourceAttempt attempt(&download_, source_, wanted_);
  absl::Status status = attempt.Run(fresh_);
  moved_ = attempt.moved();
  fresh_ = !moved_;
  return status.ok() ? Verify() : status;
}

absl::Status SourceFetch::Verify() {
  download_.gate.Observe([](FetchObserver& o) { o.OnVerifying(); });
  absl::Status status = download_.sink.Drain();
  if (!status.ok()) return status;
  const FetchRequest& request = download_.request;
  status = CheckTotal(download_.sink.position(), request.size_bytes,
                      request.max_size_bytes);
  if (!status.ok()) return status;
  const std::string actual = download_.sink.HexDigest();
  if (request.sha256.empty() || actual == request.sha256) return status;
  return DigestMismatch("the image", actual, request.sha256);
}

void SourceFetch::NoteProgress() {
  const int64_t position = download_.sink.position();
  progressed_ = position >= download_.furthest + kProgressBytes;
  if (!progressed_) return;
  download_.furthest = position;
  fruitless_ = 0;
  unusable_ = 0;
  backoff_.Reset();
}

bool SourceFetch::MayStartOver(const absl::Status& error) {
  const v1::ErrorReason reason = ReasonOf(error);
  const bool wrong_bytes = reason == v1::ERROR_REASON_DIGEST_MISMATCH ||
                           reason == v1::ERROR_REASON_SIZE_MISMATCH;
  if (!wrong_bytes) return false;
  // They are of no use to the next source either.
  const bool doubtful = download_.doubtful;
  download_.sink.Restart();
  download_.held = ResumeRecord();
  download_.furthest = 0;
  return doubtful && !std::exchange(started_over_, true);
}

bool SourceFetch::MayTryAgain(const absl::Status& error) {
  verdict_ = JudgeRetry(error);
  if (verdict_ == RetryVerdict::kRetryOnce) {
    verdict_ =
        ++unusable_ > 1 ? RetryVerdict::kNextSource : RetryVerdict::kRetry;
  }
  if (verdict_ != RetryVerdict::kRetry) return false;
  // A try that came early has not used up the wait that it came into; and a
  // host may move as often as it will.
  const bool counts = !progressed_ && !woken_ && !moved_;
  if (counts && ++fruitless_ >= download_.fetcher.options.max_attempts) {
    return false;
  }
  requested_delay_ =
      RequestedDelay(error, download_.fetcher.options.max_retry_after);
  if (moved_) {
    next_attempt_ = MonotonicNow();
  } else if (counts || progressed_) {
    next_attempt_ =
        MonotonicNow() + std::max(backoff_.Next(), requested_delay_);
  }
  return true;
}

void SourceFetch::AwaitNextAttempt(const absl::Status& error) {
  // The disk does its part meanwhile.
  download_.sink.CheckpointSoon();
  woken_ = false;
  const absl::Duration delay = next_attempt_ - MonotonicNow();
  if (delay <= absl::ZeroDuration()) return;
  download_.gate.Observe([&](FetchObserver& o) { o.OnWaiting(error, delay); });
  // Whom the datastore told when to come back comes back then.
  const uint32_t mask = requested_delay_ > absl::ZeroDuration()
                            ? Signals::kNone
                            : Signals::kEndpointsChanged;
  if (download_.signals.Wait(mask, delay) != Signals::kEndpointsChanged) return;
  woken_ = true;
  (void)download_.signals.Wait(Signals::kNone, std::min(kSettle, delay));
}

}  // namespace localstore::fetcher
