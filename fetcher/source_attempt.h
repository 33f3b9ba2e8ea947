// One attempt to get the image from one source.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "fetcher/datastore_url.h"
#include "fetcher/download_context.h"
#include "fetcher/endpoint_change.h"
#include "fetcher/http/http_transfer.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/image_receiver.h"
#include "fetcher/resume_policy.h"

namespace localstore::fetcher {

// Finds the host, tries its endpoints in turn until one begins to send, follows
// redirects. A host that answered is not asked at its other addresses on the
// same bridge. Goes on behind the bytes that the sink has.
class SourceAttempt {
 public:
  SourceAttempt(DownloadContext* download, const ImageSource& source,
                WantedImage wanted)
      : download_(*download), source_(source), wanted_(std::move(wanted)) {}

  // OK: the sink has the whole image, not verified. With `fresh` the host is
  // asked for on the network again. Errors as of ImageFetcher::Fetch; the
  // status of the cancellation when cancelled.
  absl::Status Run(bool fresh);

  // Whether it ended because the host has moved to another address.
  bool moved() const { return moved_; }

 private:
  // Where to go on when a redirect was the answer; none when the image is
  // there.
  using Next = absl::optional<DatastoreUrl>;

  absl::StatusOr<Next> RunAt(const DatastoreUrl& url, bool fresh);
  absl::StatusOr<Next> RunOnAny(const DatastoreUrl& url);
  absl::StatusOr<Next> RunOn(const DatastoreUrl& url, const Endpoint& endpoint);
  // A validator is one resource's: behind a redirect, that one's.
  WantedImage WantedFrom(const DatastoreUrl& url) const;
  // Whether what the sink has may be gone on with from there.
  bool MayContinueFrom(const DatastoreUrl& url) const;
  void TellEndpoint(const DatastoreUrl& url, const Endpoint& endpoint);
  absl::Status Transfer(ImageReceiver& receiver, HttpRequest request);
  void TrySilentOnesLast();
  void NoteSilent(const Endpoint& endpoint);
  absl::StatusOr<HttpRequest> MakeRequest(const DatastoreUrl& url,
                                          const Endpoint& endpoint);

  DownloadContext& download_;
  const ImageSource& source_;
  const WantedImage wanted_;
  absl::optional<DatastoreUrl> asked_;  // as the source names it
  // That the current hop asked, and what was found.
  EndpointSource::Query query_;
  Sighting found_;
  int64_t received_ = 0;  // bytes of the image
  bool moved_ = false;
};

}  // namespace localstore::fetcher
