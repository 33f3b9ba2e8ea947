#include "fetcher/image_receiver.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "fetcher/http/http_error.h"
#include "fetcher/http/printable.h"
#include "fetcher/retry_policy.h"
#include "fetcher/size_limits.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 ||
         status == 308;
}

// Ends a transfer whose head says all there is to know.
absl::Status Enough() { return absl::CancelledError("no body needed"); }

}  // namespace

ImageReceiver::ImageReceiver(DownloadContext* download, WantedImage wanted,
                             Peer peer, int64_t asked_offset)
    : download_(*download),
      wanted_(std::move(wanted)),
      peer_(std::move(peer)),
      asked_offset_(asked_offset) {}

absl::Status ImageReceiver::OnHead(const ResponseHead& head) {
  if (IsRedirect(head.status) && head.Has("location")) {
    outcome_ = Outcome::kRedirect;
    location_ = head.Value("location");
    return Enough();
  }
  const bool ranged =
      head.status == 206 || (head.status == 416 && asked_offset_ > 0);
  if (head.status != 200 && !ranged) {
    return HttpStatusError(head, peer_, absl::Now());
  }
  BodyExpectation expectation;
  expectation.offset = asked_offset_;
  expectation.held = download_.held;
  expectation.same_source = download_.held.source == wanted_.source;
  expectation.size_bytes = download_.request.size_bytes;
  expectation.max_size_bytes = download_.request.max_size_bytes;
  expectation.has_digest = !wanted_.sha256.empty();
  const absl::StatusOr<BodyPlan> plan = PlanBody(head, expectation);
  if (!plan.ok()) return InContext(plan.status(), peer_.Describe());
  return Follow(*plan, head);
}

absl::Status ImageReceiver::Follow(const BodyPlan& plan,
                                   const ResponseHead& head) {
  // Before what is there is given up for what comes.
  absl::Status room = CheckRoomOnDisk(plan);
  if (!room.ok()) return room;
  switch (plan.action) {
    case BodyPlan::Action::kComplete:
      outcome_ = Outcome::kWhole;
      download_.doubtful = true;
      return Enough();
    case BodyPlan::Action::kAskAnew:
      outcome_ = Outcome::kAskAnew;
      return MakeError(v1::ERROR_REASON_HTTP_PROTOCOL,
                       absl::StrCat(peer_.Describe(), ": ", plan.why),
                       peer_.Metadata());
    case BodyPlan::Action::kRestart:
      download_.sink.Restart();
      break;
    case BodyPlan::Action::kAppend:
      if (asked_offset_ != download_.sink.position()) download_.sink.Restart();
      break;
  }
  BeginBody(plan, head);
  return absl::OkStatus();
}

int64_t ImageReceiver::TotalOf(const BodyPlan& plan) const {
  return plan.total_bytes.value_or(download_.request.size_bytes);
}

absl::Status ImageReceiver::CheckRoomOnDisk(const BodyPlan& plan) const {
  absl::Status room = download_.sink.CheckRoom(TotalOf(plan));
  // A size that was asked for is not the datastore's doing.
  if (ReasonOf(room) != v1::ERROR_REASON_NO_SPACE ||
      download_.request.size_bytes > 0) {
    return room;
  }
  const std::string announced = absl::StrCat(TotalOf(plan));
  ErrorMetadata metadata = peer_.Metadata();
  metadata.emplace_back(kAnnouncedBytesKey, announced);
  for (const char* key : {"path", "needed_bytes", "free_bytes"}) {
    metadata.emplace_back(key, MetadataOf(room, key));
  }
  return MakeError(v1::ERROR_REASON_NO_SPACE,
                   absl::StrCat(peer_.Describe(), " announces ", announced,
                                " bytes: ", room.message()),
                   metadata);
}

void ImageReceiver::BeginBody(const BodyPlan& plan, const ResponseHead& head) {
  began_ = true;
  total_ = plan.total_bytes;
  end_ = plan.end;
  const int64_t total = TotalOf(plan);
  const int64_t resumed = download_.sink.position();
  download_.doubtful = resumed > 0 || !head.HasMarkedEnd();
  // A continued prefix from elsewhere keeps its own record: the validators of
  // this response say nothing of it.
  if (resumed == 0) download_.held = DescribeResponse(head, wanted_);
  download_.held.total_bytes = total;
  if (MayContinue(download_.held, wanted_)) {
    download_.sink.Describe(download_.held);
  }
  if (total > 0) download_.sink.Reserve(total);
  const std::string content_type = Printable(head.Value("content-type"));
  download_.gate.Observe([&](FetchObserver& observer) {
    observer.OnTransferring(total, resumed, content_type);
  });
}

absl::Status ImageReceiver::CheckRoomFor(int64_t position) const {
  if (end_.has_value() && position > *end_) {
    return MakeError(
        v1::ERROR_REASON_HTTP_PROTOCOL,
        absl::StrCat(peer_.Describe(), " sent more bytes than it announced"),
        peer_.Metadata());
  }
  const absl::Status status = CheckSoFar(position, download_.request.size_bytes,
                                         download_.request.max_size_bytes);
  return status.ok() ? status : InContext(status, peer_.Describe());
}

HttpReceiver::Taken ImageReceiver::OnBody(absl::string_view bytes) {
  const auto count = static_cast<int64_t>(bytes.size());
  status_ = CheckRoomFor(download_.sink.position() + count);
  if (!status_.ok()) return Taken::kNever;
  switch (download_.sink.Append(bytes)) {
    case ImageSink::AppendResult::kTaken:
      received_ += count;
      return Taken::kAll;
    case ImageSink::AppendResult::kFull:
      return Taken::kLater;
    case ImageSink::AppendResult::kFailed:
      break;
  }
  status_ = download_.sink.status();
  return Taken::kNever;
}

absl::Span<char> ImageReceiver::Room() { return download_.sink.Room(); }

bool ImageReceiver::OnFilled(size_t bytes) {
  const auto count = static_cast<int64_t>(bytes);
  status_ = CheckRoomFor(download_.sink.position() + count);
  if (!status_.ok()) return false;
  download_.sink.Filled(bytes);
  received_ += count;
  return true;
}

bool ImageReceiver::CanTake() { return download_.sink.HasRoom(); }

absl::Status ImageReceiver::OnTick() {
  ReportProgress();
  download_.sink.Tick();
  return download_.sink.status();
}

void ImageReceiver::ReportProgress() {
  const int64_t position = download_.sink.position();
  if (!began_ || position == reported_) return;
  reported_ = position;
  download_.gate.Observe(
      [position](FetchObserver& observer) { observer.OnProgress(position); });
}

void ImageReceiver::OnEnd(const absl::Status& status) {
  ReportProgress();
  if (status_.ok()) status_ = status;
  if (status_.ok()) Conclude();
  ended_.Request(absl::CancelledError("the transfer has ended"));
  // Last: the download goes on at once.
  download_.signals.Raise(Signals::kTransferEnded);
}

void ImageReceiver::Conclude() {
  const int64_t position = download_.sink.position();
  const int64_t total = total_.value_or(download_.request.size_bytes);
  if (position >= total) {
    outcome_ = Outcome::kWhole;
  } else if (position == end_ && received_ > 0) {
    outcome_ = Outcome::kPart;
  } else {
    status_ =
        MakeError(v1::ERROR_REASON_CONNECT_FAILED,
                  absl::StrCat(peer_.Describe(), " ended the image after ",
                               position, " of ", total, " bytes"),
                  peer_.Metadata());
  }
}

}  // namespace localstore::fetcher
