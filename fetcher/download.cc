#include "fetcher/download.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fetcher/digest_mismatch.h"
#include "fetcher/existing_image.h"
#include "fetcher/local_copy.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/resume_policy.h"
#include "fetcher/source_fetch.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

Download::Download(const FetcherContext& fetcher, FetchRequest request,
                   std::shared_ptr<FetchGate> gate,
                   std::function<double()> random)
    : fetcher_(fetcher),
      request_(std::move(request)),
      gate_(std::move(gate)),
      random_(std::move(random)) {}

void Download::Run() {
  absl::StatusOr<FetchResult> result = Fetch();
  WindUp(!gate_->cancellation().status().ok() || fetcher_.options.keep_partial);
  gate_->Finish(std::move(result));
}

absl::StatusOr<FetchResult> Download::Fetch() {
  const Cancellation::Registration cancelled(
      gate_->cancellation(), [this] { signals_.Raise(Signals::kCancelled); });
  const std::unique_ptr<EndpointSource::Subscription> changed =
      fetcher_.endpoints.WatchChanges(
          [this] { signals_.Raise(Signals::kEndpointsChanged); });
  absl::StatusOr<FilePlace> place =
      fetcher_.directory.Locate(request_.destination, /*create=*/true);
  if (!place.ok()) return place.status();
  absl::StatusOr<absl::optional<FetchResult>> existing = UseExisting(*place);
  if (!existing.ok()) return existing.status();
  if (existing->has_value()) {
    // What an earlier download to this place left is of no more use.
    TellTrouble(PartialFile::DiscardAt(*place));
    return **std::move(existing);
  }
  absl::StatusOr<std::unique_ptr<PartialFile>> file =
      PartialFile::Open(*std::move(place));
  if (!file.ok()) return file.status();
  absl::StatusOr<absl::optional<FetchResult>> copied = CopyLocal(**file);
  if (!copied.ok()) return copied.status();
  if (copied->has_value()) return **std::move(copied);
  absl::Status status = OpenSink(*std::move(file));
  if (!status.ok()) return status;
  DownloadContext context = {
      fetcher_, request_, *gate_,
      signals_, *sink_,   RateLimiter(request_.max_bytes_per_second)};
  status = AdoptPartial(context);
  if (!status.ok()) return status;
  if (IsComplete(context) && !request_.sha256.empty()) {
    gate_->Observe([](FetchObserver& o) { o.OnVerifying(); });
    return Commit(/*transferred=*/false);
  }
  status = FetchFromAny(context);
  if (!status.ok()) return status;
  return Commit(/*transferred=*/true);
}

absl::StatusOr<absl::optional<FetchResult>> Download::UseExisting(
    const FilePlace& place) {
  absl::StatusOr<UniqueFd> file = OpenExistingFile(place);
  if (!file.ok()) return file.status();
  if (!file->valid()) return absl::optional<FetchResult>();
  absl::StatusOr<absl::optional<FetchResult>> same =
      MatchExistingImage(file->get(), request_, gate_->cancellation());
  // Whoever put it there may have left that to the system.
  if (same.ok() && same->has_value()) {
    absl::Status durable = MakeDurable(place, file->get());
    if (!durable.ok()) return durable;
  }
  const bool cancelled = !gate_->cancellation().status().ok();
  if (!same.ok() && request_.overwrite && !cancelled) {
    TellTrouble(same.status());
    return absl::optional<FetchResult>();
  }
  if (!same.ok() || same->has_value() || request_.overwrite) return same;
  return MakeError(
      v1::ERROR_REASON_DESTINATION_EXISTS,
      absl::StrCat("\"", request_.destination, "\" is there already",
                   request_.sha256.empty() ? "" : ", with another content",
                   "; set overwrite to replace it"),
      {{"destination", request_.destination}});
}

absl::StatusOr<absl::optional<FetchResult>> Download::CopyLocal(
    PartialFile& file) {
  if (request_.local_copies.empty()) return absl::optional<FetchResult>();
  gate_->Observe([](FetchObserver& o) { o.OnVerifying(); });
  auto copied =
      CopyLocalImage(fetcher_.directory, request_, gate_->cancellation(), file);
  if (copied.ok() && !copied->has_value()) return copied;
  absl::Status status = copied.ok() ? file.Sync() : copied.status();
  if (status.ok() && !gate_->BeginCommit()) {
    status = gate_->cancellation().status();
  }
  if (status.ok()) status = file.Commit(request_.overwrite);
  if (status.ok()) return copied;
  // A copy is made anew sooner than gone on with. What failed counts, not this.
  (void)file.Discard();
  return status;
}

absl::Status Download::OpenSink(std::unique_ptr<PartialFile> file) {
  absl::StatusOr<std::unique_ptr<ImageSink>> sink =
      ImageSink::Create(std::move(file), ImageSink::Options(),
                        [loop = &fetcher_.loop] { loop->Wake(); });
  if (!sink.ok()) return sink.status();
  sink_ = *std::move(sink);
  return absl::OkStatus();
}

absl::Status Download::AdoptPartial(DownloadContext& context) {
  const absl::optional<ResumeRecord> record = sink_->file().LoadRecord();
  if (!record.has_value() || !MayAdopt(*record)) {
    return BeginAnew(context);
  }
  absl::Status status =
      sink_->AdoptPrefix(record->durable_bytes, gate_->cancellation());
  if (!gate_->cancellation().status().ok()) return status;
  if (!status.ok()) {
    // What cannot be read now could not be read by the next download either.
    TellTrouble(status);
    return BeginAnew(context);
  }
  context.held = *record;
  context.doubtful = true;
  context.furthest = sink_->position();
  const std::string actual = sink_->HexDigest();
  const std::string& expected = IsComplete(context) && !request_.sha256.empty()
                                    ? request_.sha256
                                    : record->durable_sha256;
  if (expected.empty() || actual == expected) return absl::OkStatus();
  TellTrouble(
      DigestMismatch("what an earlier download left", actual, expected));
  return BeginAnew(context);
}

void Download::TellTrouble(const absl::Status& error) {
  if (error.ok()) return;
  gate_->Observe([&error](FetchObserver& o) { o.OnTrouble(error); });
}

absl::Status Download::BeginAnew(DownloadContext& context) {
  sink_->Restart();
  context.held = ResumeRecord();
  context.doubtful = false;
  context.furthest = 0;
  absl::Status status = sink_->Drain();
  if (status.ok() && request_.size_bytes > 0) {
    status = sink_->file().Reserve(request_.size_bytes);
  }
  return status;
}

bool Download::MayAdopt(const ResumeRecord& record) {
  const absl::StatusOr<int64_t> size = sink_->file().Size();
  if (!size.ok() || *size < record.durable_bytes) return false;
  if (request_.size_bytes > 0 && record.total_bytes > 0 &&
      record.total_bytes != request_.size_bytes) {
    return false;
  }
  return std::any_of(
      request_.sources.begin(), request_.sources.end(),
      [&](const ImageSource& source) {
        return MayContinue(record, {Sha256Hex(source.url), request_.sha256});
      });
}

bool Download::IsComplete(const DownloadContext& context) const {
  const int64_t total = context.held.total_bytes;
  return total > 0 && sink_->position() == total;
}

absl::Status Download::FetchFromAny(DownloadContext& context) {
  for (const ImageSource& source : request_.sources) {
    SourceFetch fetch(&context, source, random_);
    absl::Status status = fetch.Run();
    if (status.ok() || !gate_->cancellation().status().ok()) return status;
    if (fetch.verdict() == RetryVerdict::kGiveUp) break;
  }
  return context.history.Summary();
}

absl::StatusOr<FetchResult> Download::Commit(bool transferred) {
  absl::Status status = sink_->Sync();
  if (!status.ok()) return status;
  FetchResult result;
  result.sha256 = sink_->HexDigest();
  result.size_bytes = sink_->position();
  result.transferred = transferred;
  if (!gate_->BeginCommit()) return gate_->cancellation().status();
  status = sink_->file().Commit(request_.overwrite);
  if (!status.ok()) return status;
  TellTrouble(sink_->file().leftover());
  sink_ = nullptr;
  return result;
}

void Download::WindUp(bool keep) {
  if (sink_ == nullptr) return;
  // A failure of what follows costs the next download its head start, no more.
  (void)sink_->Checkpoint();
  // Without its record it could not be continued, only be in the way.
  const absl::optional<ResumeRecord> record = sink_->file().LoadRecord();
  if (keep && record.has_value() && record->durable_bytes > 0) {
    (void)sink_->file().ReleaseReserve();
  } else {
    (void)sink_->file().Discard();
  }
  sink_ = nullptr;
}

}  // namespace localstore::fetcher
