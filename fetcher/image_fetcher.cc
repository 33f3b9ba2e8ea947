#include "fetcher/image_fetcher.h"

#include <memory>
#include <utility>

#include "absl/random/random.h"
#include "fetcher/background_threads.h"
#include "fetcher/destination_locks.h"
#include "fetcher/download.h"
#include "fetcher/download_context.h"
#include "fetcher/fetch_gate.h"
#include "fetcher/http/transfer_loop.h"
#include "fetcher/rate_limiter.h"
#include "fetcher/request_check.h"
#include "fetcher/storage/download_directory.h"
#include "fetcher/storage/partial_file.h"

namespace localstore::fetcher {
namespace {

class CurlImageFetcher : public ImageFetcher {
 public:
  CurlImageFetcher(Options options, EndpointSource* endpoints,
                   std::unique_ptr<DownloadDirectory> directory,
                   std::unique_ptr<TransferLoop> loop)
      : options_(std::move(options)),
        directory_(std::move(directory)),
        loop_(std::move(loop)),
        limiter_(options_.max_bytes_per_second),
        context_{options_, *endpoints, *directory_, *loop_, limiter_} {}

  absl::Status Validate(const FetchRequest& request) const override {
    return CheckRequest(request, options_.allow_system_roots);
  }

  absl::StatusOr<FetchResult> Fetch(const FetchRequest& request,
                                    FetchObserver& observer,
                                    Cancellation& cancellation) override {
    absl::Status status = Validate(request);
    if (!status.ok()) return status;
    absl::StatusOr<DestinationLocks::Lock> lock =
        locks_.Acquire(request.destination, cancellation);
    if (!lock.ok()) return lock.status();
    const auto gate = std::make_shared<FetchGate>(observer);
    const Cancellation::Registration followed = gate->Follow(cancellation);
    // Shared, because a std::function must be copyable.
    const auto held =
        std::make_shared<DestinationLocks::Lock>(*std::move(lock));
    const auto download = std::make_shared<Download>(
        context_, request, gate,
        [] { return absl::Uniform<double>(absl::BitGen(), 0, 1); });
    status =
        downloads_.Run("image-download", [held, download] { download->Run(); });
    if (!status.ok()) return status;
    return gate->Await();
  }

  absl::Status DiscardPartial(const std::string& destination) override {
    return DiscardPartialIf(destination, [] { return true; }).status();
  }

  absl::StatusOr<bool> DiscardPartialIf(
      const std::string& destination,
      const std::function<bool()>& condition) override {
    Cancellation never;
    absl::StatusOr<DestinationLocks::Lock> lock =
        locks_.Acquire(destination, never);
    if (!lock.ok()) return lock.status();
    if (!condition()) return false;
    const absl::StatusOr<FilePlace> place =
        directory_->Locate(destination, /*create=*/false);
    if (absl::IsNotFound(place.status())) return true;
    if (!place.ok()) return place.status();
    const absl::Status discarded = PartialFile::DiscardAt(*place);
    if (!discarded.ok()) return discarded;
    return true;
  }

  bool Responds(absl::Duration patience) override {
    return loop_->Responds(patience);
  }

 private:
  const Options options_;
  const std::unique_ptr<DownloadDirectory> directory_;
  const std::unique_ptr<TransferLoop> loop_;
  RateLimiter limiter_;  // of the network thread
  const FetcherContext context_;
  DestinationLocks locks_;
  BackgroundThreads downloads_;  // last: they use all of the above
};

}  // namespace

absl::StatusOr<std::unique_ptr<ImageFetcher>> ImageFetcher::Create(
    Options options, EndpointSource* endpoints) {
  absl::StatusOr<std::unique_ptr<DownloadDirectory>> directory =
      DownloadDirectory::Open(options.download_directory, {});
  if (!directory.ok()) return directory.status();
  absl::StatusOr<std::unique_ptr<TransferLoop>> loop = TransferLoop::Start();
  if (!loop.ok()) return loop.status();
  return std::make_unique<CurlImageFetcher>(
      std::move(options), endpoints, *std::move(directory), *std::move(loop));
}

}  // namespace localstore::fetcher
