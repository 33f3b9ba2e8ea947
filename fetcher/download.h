// One image, from what is on the disk to the file in its place.
#pragma once

#include <functional>
#include <memory>

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
  // `random`: uniform in [0, 1).
  Download(const FetcherContext& fetcher, FetchRequest request,
           std::shared_ptr<FetchGate> gate, std::function<double()> random);

  // The request has been validated. Gives the result to the gate.
  void Run();

 private:
  absl::StatusOr<FetchResult> Fetch();
  // None: another file, or none, is there.
  absl::StatusOr<absl::optional<FetchResult>> UseExisting(
      const FilePlace& place);
  // The image from where another download has put it, at its place.
  absl::StatusOr<absl::optional<FetchResult>> CopyLocal(PartialFile& file);
  absl::Status OpenSink(std::unique_ptr<PartialFile> file);
  void TellTrouble(const absl::Status& error);
  // Takes over what an earlier download left, or empties the file.
  absl::Status AdoptPartial(DownloadContext& context);
  bool MayAdopt(const ResumeRecord& record);
  absl::Status BeginAnew(DownloadContext& context);
  // Whether every byte is there, as far as the size tells.
  bool IsComplete(const DownloadContext& context) const;
  absl::Status FetchFromAny(DownloadContext& context);
  absl::StatusOr<FetchResult> Commit(bool transferred);
  void WindUp(bool keep);

  const FetcherContext& fetcher_;
  const FetchRequest request_;
  const std::shared_ptr<FetchGate> gate_;
  const std::function<double()> random_;
  Signals signals_;
  std::unique_ptr<ImageSink> sink_;
};

}  // namespace localstore::fetcher
