#include "fetcher/download.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fetcher/existing_image.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/size_limits.h"
#include "fetcher/source_attempt.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

Download::Download(const FetcherContext& fetcher, FetchRequest request,
                   std::shared_ptr<FetchGate> gate)
    : fetcher_(fetcher), request_(std::move(request)), gate_(std::move(gate)) {}

void Download::Run() {
  absl::StatusOr<FetchResult> result = Fetch();
  WindUp();
  gate_->Finish(std::move(result));
}

absl::StatusOr<FetchResult> Download::Fetch() {
  const Cancellation::Registration registration(
      gate_->cancellation(), [this] { signals_.Raise(Signals::kCancelled); });
  absl::StatusOr<FilePlace> place =
      fetcher_.directory.Locate(request_.destination, /*create=*/true);
  if (!place.ok()) return place.status();
  absl::StatusOr<absl::optional<FetchResult>> existing = UseExisting(*place);
  if (!existing.ok()) return existing.status();
  if (existing->has_value()) return **std::move(existing);
  absl::Status status = OpenSink(*std::move(place));
  if (!status.ok()) return status;
  DownloadContext context = {fetcher_,
                             request_,
                             *gate_,
                             signals_,
                             *sink_,
                             ResumeRecord(),
                             RateLimiter(request_.max_bytes_per_second)};
  status = FetchFromAny(context);
  if (!status.ok()) return status;
  return Commit();
}

absl::StatusOr<absl::optional<FetchResult>> Download::UseExisting(
    const FilePlace& place) {
  absl::StatusOr<UniqueFd> file = OpenExistingFile(place);
  if (!file.ok()) return file.status();
  if (!file->valid()) return absl::optional<FetchResult>();
  absl::StatusOr<absl::optional<FetchResult>> same =
      MatchExistingImage(file->get(), request_, gate_->cancellation());
  if (!same.ok() || same->has_value() || request_.overwrite) return same;
  return MakeError(
      v1::ERROR_REASON_DESTINATION_EXISTS,
      absl::StrCat("\"", request_.destination, "\" is there already",
                   request_.sha256.empty() ? "" : ", with another content",
                   "; set overwrite to replace it"),
      {{"destination", request_.destination}});
}

absl::Status Download::OpenSink(FilePlace place) {
  absl::StatusOr<std::unique_ptr<PartialFile>> file =
      PartialFile::Open(std::move(place));
  if (!file.ok()) return file.status();
  absl::StatusOr<std::unique_ptr<ImageSink>> sink =
      ImageSink::Create(*std::move(file), ImageSink::Options(),
                        [loop = &fetcher_.loop] { loop->Wake(); });
  if (!sink.ok()) return sink.status();
  sink_ = *std::move(sink);
  sink_->Restart();
  return sink_->Drain();
}

absl::Status Download::FetchFromAny(DownloadContext& context) {
  absl::Status status;
  int attempt = 0;
  for (const ImageSource& source : request_.sources) {
    status = FetchFrom(context, source, ++attempt);
    if (status.ok() || !gate_->cancellation().status().ok()) return status;
  }
  return status;
}

absl::Status Download::FetchFrom(DownloadContext& context,
                                 const ImageSource& source, int attempt) {
  gate_->Observe(
      [&](FetchObserver& observer) { observer.OnAttempt(attempt, source); });
  const WantedImage wanted = {Sha256Hex(source.url), request_.sha256};
  SourceAttempt try_once(&context, source, wanted);
  absl::Status status = try_once.Run(/*fresh=*/false);
  if (!status.ok()) return status;
  return Verify(context);
}

absl::Status Download::Verify(DownloadContext& context) {
  gate_->Observe([](FetchObserver& observer) { observer.OnVerifying(); });
  absl::Status status = sink_->Drain();
  if (!status.ok()) return status;
  status = CheckTotal(sink_->position(), request_.size_bytes,
                      request_.max_size_bytes);
  if (!status.ok()) return status;
  digest_ = sink_->HexDigest();
  if (request_.sha256.empty() || digest_ == request_.sha256) {
    return absl::OkStatus();
  }
  keep_partial_ = false;
  context.held = ResumeRecord();
  return MakeError(v1::ERROR_REASON_DIGEST_MISMATCH,
                   absl::StrCat("the image has SHA-256 ", digest_, ", not ",
                                request_.sha256, " as asked for"),
                   {{"expected", request_.sha256}, {"actual", digest_}});
}

absl::StatusOr<FetchResult> Download::Commit() {
  absl::Status status = sink_->Sync();
  if (!status.ok()) return status;
  if (!gate_->BeginCommit()) return gate_->cancellation().status();
  status = sink_->file().Commit(request_.overwrite);
  if (!status.ok()) return status;
  FetchResult result;
  result.sha256 = digest_;
  result.size_bytes = sink_->position();
  sink_ = nullptr;
  return result;
}

void Download::WindUp() {
  if (sink_ == nullptr) return;
  // A failure of what follows costs the next download its head start, no more.
  if (keep_partial_ && sink_->position() > 0) {
    (void)sink_->Checkpoint();
  } else {
    (void)sink_->Drain();
    (void)sink_->file().Discard();
  }
}

}  // namespace localstore::fetcher
