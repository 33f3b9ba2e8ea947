// One image, all attempts, from what is on the disk to the file in its place.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "fetcher/download_context.h"
#include "fetcher/fetch_gate.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/signals.h"

namespace localstore::fetcher {

// Runs on a thread of its own, for it waits for the disk, which cannot be
// cancelled; the caller of Fetch need not wait for it to wind up.
class Download {
 public:
  Download(const FetcherContext& fetcher, FetchRequest request,
           std::shared_ptr<FetchGate> gate);

  // The request has been validated. The result goes to the gate too, before
  // what is left is put in order for a later download.
  void Run();

 private:
  absl::StatusOr<FetchResult> Fetch();
  // None: a transfer is needed.
  absl::StatusOr<absl::optional<FetchResult>> UseExisting(
      const FilePlace& place);
  absl::Status OpenSink(FilePlace place);
  absl::Status FetchFromAny(DownloadContext& context);
  absl::Status FetchFrom(DownloadContext& context, const ImageSource& source,
                         int attempt);
  absl::Status Verify(DownloadContext& context);
  absl::StatusOr<FetchResult> Commit();
  void WindUp();

  const FetcherContext& fetcher_;
  const FetchRequest request_;
  const std::shared_ptr<FetchGate> gate_;
  Signals signals_;
  std::unique_ptr<ImageSink> sink_;
  std::string digest_;
  bool keep_partial_ = true;
};

}  // namespace localstore::fetcher
