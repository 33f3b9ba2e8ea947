// Takes the response of one transfer into the image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "fetcher/body_plan.h"
#include "fetcher/cancellation.h"
#include "fetcher/download_context.h"
#include "fetcher/http/http_transfer.h"
#include "fetcher/http/peer.h"
#include "fetcher/resume_policy.h"

namespace localstore::fetcher {

// Lives on the network thread until it raises kTransferEnded; then the
// download reads what it came to.
class ImageReceiver : public HttpReceiver {
 public:
  enum class Outcome {
    kFailed,    // see status()
    kWhole,     // every byte of the image is in the sink
    kPart,      // a part of it came as announced: the rest is to be asked for
    kRedirect,  // to location()
    kAskAnew,   // what is in the sink cannot be continued: see status()
  };

  // A range from `asked_offset` on was asked for, which is the sink's position;
  // 0: the whole image, whatever the sink has.
  ImageReceiver(DownloadContext* download, WantedImage wanted, Peer peer,
                int64_t asked_offset);

  Outcome outcome() const { return outcome_; }
  const absl::Status& status() const { return status_; }
  const std::string& location() const { return location_; }
  // Bytes of the image that this transfer brought.
  int64_t received() const { return received_; }

  // Requested when the transfer has ended.
  Cancellation& ended() { return ended_; }

  absl::Status OnHead(const ResponseHead& head) override;
  Taken OnBody(absl::string_view bytes) override;
  bool CanTake() override;
  absl::Span<char> Room() override;
  bool OnFilled(size_t bytes) override;
  absl::Status OnTick() override;
  void OnEnd(const absl::Status& status) override;

 private:
  absl::Status Follow(const BodyPlan& plan, const ResponseHead& head);
  void ReportProgress();
  // The image's size, 0 when unknown.
  int64_t TotalOf(const BodyPlan& plan) const;
  absl::Status CheckRoomOnDisk(const BodyPlan& plan) const;
  void BeginBody(const BodyPlan& plan, const ResponseHead& head);
  absl::Status CheckRoomFor(int64_t position) const;
  void Conclude();

  DownloadContext& download_;
  const WantedImage wanted_;
  const Peer peer_;
  const int64_t asked_offset_;

  Outcome outcome_ = Outcome::kFailed;
  absl::Status status_;
  std::string location_;
  bool began_ = false;             // the body of the image
  absl::optional<int64_t> total_;  // of the image
  absl::optional<int64_t> end_;    // of this body, as an offset in the image
  int64_t received_ = 0;
  Cancellation ended_;
  int64_t reported_ = -1;
};

}  // namespace localstore::fetcher
