#include "server/jobs/job.h"

#include <utility>

#include "protos/errors/error.h"
#include "protos/errors/utf8.h"
#include "server/convert/resolution.h"
#include "server/convert/shown_url.h"
#include "server/convert/time.h"
#include "server/errors/wire_status.h"
#include "server/jobs/download_state.h"
#include "server/jobs/job_log.h"

namespace localstore::server {
namespace {

using Download = v1::Download;

Download FirstSnapshot(const DownloadOrder& order, absl::Time now) {
  Download download;
  download.set_download_id(order.request.download_id());
  download.set_state(Download::STATE_QUEUED);
  if (!order.fetch.sources.empty()) {
    download.set_url(ShownUrl(order.fetch.sources.front().url));
    download.set_datastore(order.fetch.sources.front().datastore);
  }
  download.set_destination(order.fetch.destination);
  download.set_total_bytes(order.fetch.size_bytes);
  *download.mutable_create_time() = ToProto(now);
  download.set_request_id(order.request_id);
  download.set_trace_id(order.trace_id);
  return download;
}

// What all that have ended in an earlier process share: nobody asks for theirs.
std::shared_ptr<const DownloadOrder> NoOrder() {
  static const auto* const kNone =
      new std::shared_ptr<const DownloadOrder>(new DownloadOrder());
  return *kNone;
}

}  // namespace

Job::Job(DownloadOrder order, uint64_t sequence, Timer* timer)
    : Job(std::move(order), sequence, v1::Download(), timer) {
  absl::MutexLock lock(&mutex_);
  download_ = FirstSnapshot(*order_, timer_->Now());
}

Job::Job(DownloadOrder order, uint64_t sequence, v1::Download last,
         Timer* timer)
    : id_(order.request.download_id()),
      destination_(order.fetch.destination),
      sha256_(order.fetch.sha256),
      fingerprint_(std::move(order.fingerprint)),
      sequence_(sequence),
      timer_(timer),
      order_(HasEnded(last)
                 ? NoOrder()
                 : std::make_shared<const DownloadOrder>(std::move(order))),
      download_(std::move(last)),
      attempts_before_(download_.attempt()),
      ended_(HasEnded(download_)) {
  if (!ended_) {
    download_.set_state(Download::STATE_QUEUED);
    download_.clear_next_attempt_time();
    download_.clear_shared_with();
  } else if (download_.state() != Download::STATE_COMPLETED) {
    outcome_ = FromRpcStatus(download_.error());
  }
}

std::shared_ptr<const DownloadOrder> Job::order() const {
  absl::MutexLock lock(&mutex_);
  return order_;
}

Job::View Job::Look() const {
  absl::MutexLock lock(&mutex_);
  View view;
  CopyTo(view.download);
  view.revision = revision_;
  view.final = ended_ || interrupted_;
  return view;
}

void Job::CopySnapshotTo(v1::Download& download) const {
  absl::MutexLock lock(&mutex_);
  CopyTo(download);
}

void Job::CopyTo(v1::Download& download) const {
  download = download_;
  if (download.state() != Download::STATE_DOWNLOADING) return;
  const absl::Duration now = timer_->Elapsed();
  download.set_bytes_per_second(rate_.BytesPerSecond(now));
  const absl::Duration left = rate_.TimeLeft(now, download.total_bytes());
  if (left < absl::InfiniteDuration()) *download.mutable_eta() = ToProto(left);
}

uint64_t Job::revision() const {
  absl::MutexLock lock(&mutex_);
  return revision_;
}

bool Job::ended() const {
  absl::MutexLock lock(&mutex_);
  return ended_;
}

bool Job::interrupted() const {
  absl::MutexLock lock(&mutex_);
  return interrupted_;
}

bool Job::final() const {
  absl::MutexLock lock(&mutex_);
  return ended_ || interrupted_;
}

absl::Status Job::outcome() const {
  absl::MutexLock lock(&mutex_);
  return outcome_;
}

bool Job::completed() const {
  absl::MutexLock lock(&mutex_);
  return ended_ && outcome_.ok();
}

absl::Time Job::create_time() const {
  absl::MutexLock lock(&mutex_);
  return FromProto(download_.create_time());
}

absl::Time Job::end_time() const {
  absl::MutexLock lock(&mutex_);
  return FromProto(download_.end_time());
}

bool Job::backing_off() const {
  absl::MutexLock lock(&mutex_);
  return download_.state() == Download::STATE_WAITING;
}

void Job::AddStream(v1::DisconnectPolicy policy) {
  absl::MutexLock lock(&mutex_);
  ++streams_;
  if (policy != v1::DISCONNECT_POLICY_CANCEL) all_streams_cancel_ = false;
}

bool Job::RemoveStreamAndTestAbandoned() {
  absl::MutexLock lock(&mutex_);
  --streams_;
  return streams_ == 0 && all_streams_cancel_ && !ended_ && !interrupted_;
}

void Job::Park(const absl::Status& why) {
  {
    absl::MutexLock lock(&mutex_);
    if (ended_ || interrupted_) return;
    ++revision_;
    download_.set_state(Download::STATE_WAITING);
    *download_.mutable_error() = ToWireStatus(why);
  }
  Notify();
}

void Job::Renew(DownloadOrder order) {
  auto renewed = std::make_shared<const DownloadOrder>(std::move(order));
  absl::MutexLock lock(&mutex_);
  ++revision_;
  order_ = std::move(renewed);
  download_.set_request_id(order_->request_id);
  download_.set_trace_id(order_->trace_id);
  download_.set_state(Download::STATE_QUEUED);
  download_.clear_error();
}

bool Job::SetSharedWith(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  if (download_.shared_with() == id) return false;
  ++revision_;
  download_.set_shared_with(id);
  return true;
}

void Job::Announce() { Notify(); }

void Job::Begin() {
  {
    absl::MutexLock lock(&mutex_);
    ++revision_;
    download_.set_state(Download::STATE_RESOLVING);
    if (!download_.has_start_time()) {
      *download_.mutable_start_time() = ToProto(timer_->Now());
    }
  }
  Notify();
}

bool Job::Settle(const absl::StatusOr<fetcher::FetchResult>& result) {
  absl::MutexLock lock(&mutex_);
  if (ended_ || interrupted_) return false;
  ++revision_;
  SetOutcome(result);
  return true;
}

void Job::End(const absl::StatusOr<fetcher::FetchResult>& result) {
  if (Settle(result)) Notify();
}

void Job::SetOutcome(const absl::StatusOr<fetcher::FetchResult>& result) {
  outcome_ = result.status();
  download_.clear_next_attempt_time();
  if (!result.ok()) {
    download_.clear_shared_with();
    *download_.mutable_error() = ToWireStatus(outcome_);
    if (ReasonOf(outcome_) == v1::ERROR_REASON_SHUTTING_DOWN) {
      interrupted_ = true;
      download_.set_state(Download::STATE_WAITING);
      return;
    }
  }
  ended_ = true;
  *download_.mutable_end_time() = ToProto(timer_->Now());
  if (result.ok()) {
    download_.set_state(Download::STATE_COMPLETED);
    download_.set_sha256(result->sha256);
    download_.set_received_bytes(result->size_bytes);
    download_.set_total_bytes(result->size_bytes);
    if (!result->transferred) download_.set_resumed_bytes(result->size_bytes);
    download_.clear_error();
    return;
  }
  const v1::ErrorReason reason = ReasonOf(outcome_);
  download_.set_state(reason == v1::ERROR_REASON_CANCELLED
                          ? Download::STATE_CANCELLED
                          : Download::STATE_FAILED);
  if (reason == v1::ERROR_REASON_DIGEST_MISMATCH) {
    download_.set_sha256(MetadataOf(outcome_, "actual"));
  }
}

void Job::OnAttempt(int attempt, const fetcher::ImageSource& source) {
  {
    absl::MutexLock lock(&mutex_);
    ++revision_;
    download_.set_attempt(attempts_before_ + attempt);
    download_.set_url(ShownUrl(source.url));
    download_.set_datastore(source.datastore);
    download_.clear_next_attempt_time();
    download_.clear_endpoint();
    download_.clear_effective_url();
    download_.clear_shared_with();
    download_.set_state(Download::STATE_RESOLVING);
  }
  Notify();
}

void Job::OnResolving() {
  {
    absl::MutexLock lock(&mutex_);
    if (download_.state() == Download::STATE_RESOLVING) return;
    ++revision_;
    download_.set_state(Download::STATE_RESOLVING);
  }
  Notify();
}

void Job::OnConnecting(const fetcher::Endpoint& endpoint,
                       const std::string& effective_url) {
  {
    absl::MutexLock lock(&mutex_);
    ++revision_;
    *download_.mutable_endpoint() = ToProto(endpoint);
    download_.set_effective_url(ToUtf8(ShownUrl(effective_url)));
  }
  Notify();
}

void Job::OnTransferring(int64_t total_bytes, int64_t resumed_bytes,
                         const std::string& content_type) {
  {
    absl::MutexLock lock(&mutex_);
    ++revision_;
    download_.set_state(Download::STATE_DOWNLOADING);
    if (total_bytes > 0) download_.set_total_bytes(total_bytes);
    download_.set_resumed_bytes(resumed_bytes);
    download_.set_received_bytes(resumed_bytes);
    download_.set_content_type(ToUtf8(content_type));
    rate_.Reset(timer_->Elapsed(), resumed_bytes);
  }
  Notify();
}

void Job::OnProgress(int64_t received_bytes) {
  absl::MutexLock lock(&mutex_);
  ++revision_;
  download_.set_received_bytes(received_bytes);
  rate_.Update(timer_->Elapsed(), received_bytes);
}

void Job::OnVerifying() {
  {
    absl::MutexLock lock(&mutex_);
    ++revision_;
    download_.set_state(Download::STATE_VERIFYING);
  }
  Notify();
}

void Job::OnWaiting(const absl::Status& error, absl::Duration delay) {
  {
    absl::MutexLock lock(&mutex_);
    ++revision_;
    download_.set_state(Download::STATE_WAITING);
    *download_.mutable_error() = ToWireStatus(error);
    *download_.mutable_next_attempt_time() = ToProto(timer_->Now() + delay);
  }
  Notify();
}

void Job::OnTrouble(const absl::Status& error) {
  LogTrouble(Snapshot(), error);
}

void Job::Notify() { observers_.OnJobChanged(shared_from_this()); }

}  // namespace localstore::server
