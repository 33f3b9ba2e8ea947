// An image on local datastores -> a verified file. The face of the fetcher.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "fetcher/cancellation.h"
#include "fetcher/datastore_access.h"
#include "fetcher/endpoint_source.h"

namespace localstore::fetcher {

// One place that has the image.
struct ImageSource {
  std::string datastore;  // its name, for messages; may be ""
  std::string url;        // absolute, http or https, host under .local
  DatastoreAccess access;
  // What its errors are filed under: "datastores[0]". "": "url" when there is
  // one source, else "datastores[i]".
  std::string field;
};

struct FetchRequest {
  std::vector<ImageSource> sources;  // tried in order; at least one
  std::string destination;           // relative to the download directory
  std::string sha256;          // 64 lower-case hex digits; "" verifies nothing
  int64_t size_bytes = 0;      // exact; 0: unknown
  int64_t max_size_bytes = 0;  // 0: no limit
  int64_t max_bytes_per_second = 0;  // 0: no limit
  std::vector<std::string> bridges;  // only these; empty: all
  bool overwrite = false;            // replace a different file
  // Destinations where the image may be already. With `sha256`, the first that
  // does have it is copied, as verified and durable as if it were fetched, and
  // no source is asked.
  std::vector<std::string> local_copies;
};

// What the fetcher is doing; calls come in this order, on threads of the
// fetcher, never two at once and none after Fetch has returned. Must not block.
class FetchObserver {
 public:
  virtual ~FetchObserver() = default;
  // An attempt begins, numbered from 1, at `source`.
  virtual void OnAttempt(int attempt, const ImageSource& source) = 0;
  virtual void OnResolving() = 0;
  // `effective_url` has the address in place of the host. When all endpoints
  // have failed, the one whose error counts comes once more, if another was
  // tried after it.
  virtual void OnConnecting(const Endpoint& endpoint,
                            const std::string& effective_url) = 0;
  // The response began. `total_bytes` is of the whole file, 0 if unknown;
  // `resumed_bytes` of it were there before. In the first call after an
  // OnAttempt these are what is saved by going on instead of beginning anew;
  // where the image comes in several ranges, there are more calls.
  virtual void OnTransferring(int64_t total_bytes, int64_t resumed_bytes,
                              const std::string& content_type) = 0;
  // `received_bytes` of the file have been received, resumed part included.
  virtual void OnProgress(int64_t received_bytes) = 0;
  virtual void OnVerifying() = 0;
  // The attempt failed with `error`. What comes next tells whether another
  // follows: OnWaiting, OnAttempt at once, or nothing but the result of Fetch.
  virtual void OnAttemptFailed(const absl::Status& /*error*/) {}
  // Something went wrong, such as DIGEST_MISMATCH of what an earlier download
  // had left or STORAGE_FAILED while clearing up, that does not keep the image
  // from being delivered.
  virtual void OnTrouble(const absl::Status& /*error*/) {}
  // After the `error` of an attempt the next one begins `delay` from now, or
  // sooner when a bridge or a host changes. Then OnAttempt again.
  virtual void OnWaiting(const absl::Status& error, absl::Duration delay) = 0;
};

struct FetchResult {
  std::string sha256;  // computed, lower-case hex
  int64_t size_bytes = 0;
  bool transferred = true;       // false: every byte was there already
  std::string copied_from = {};  // the one of local_copies; "": none
};

// Fetches images into one download directory.
//
// Threads: Fetch may be called from any number of threads at once; it blocks
// until the end. Destroy only after every Fetch has returned; the destructor
// waits until what cancelled downloads left is durable.
class ImageFetcher {
 public:
  struct Options {
    std::string download_directory;                     // must exist
    absl::Duration connect_timeout = absl::Seconds(3);  // for each endpoint
    absl::Duration stall_timeout = absl::Seconds(30);   // without a byte
    // A transfer that brings fewer bytes than this a second, over the window,
    // counts as stalled, too; time in which this side holds it back does not
    // count. 0: no such rule.
    int64_t min_bytes_per_second = 1024;
    absl::Duration stall_window = absl::Seconds(60);
    // What may pass is tried again after a random part of a bound that begins
    // with initial_backoff, doubles, and ends with max_backoff. A source is
    // given up after so many tries that brought it no further.
    int max_attempts = 10;
    absl::Duration initial_backoff = absl::Seconds(1);
    absl::Duration max_backoff = absl::Seconds(60);
    absl::Duration max_retry_after = absl::Minutes(5);  // when asked for more
    // Whether a download that failed for good leaves what it has for a later
    // one to continue. One that is cancelled always does.
    bool keep_partial = true;
    int64_t max_bytes_per_second = 0;  // all downloads together; 0: no limit
    std::string user_agent = "localstore";
    // Whether https without certificates of its own is verified against the
    // system's, or refused.
    bool allow_system_roots = false;
  };

  // `endpoints` must outlive the fetcher. Errors: STORAGE_FAILED when the
  // directory cannot be opened, INTERNAL when the network thread cannot start.
  static absl::StatusOr<std::unique_ptr<ImageFetcher>> Create(
      Options options, EndpointSource* endpoints);

  virtual ~ImageFetcher() = default;

  // Rejects what can never work, before anything starts: INVALID_REQUEST with
  // the violations' paths as in DownloadRequest, HOST_NOT_LOCAL,
  // DESTINATION_INVALID, CREDENTIALS_OVER_HTTP. Does not touch network or disk.
  virtual absl::Status Validate(const FetchRequest& request) const = 0;

  // Continues what an earlier download left, if that may be. Resolves the host,
  // tries each endpoint in turn, transfers, verifies, and puts the file at its
  // destination; goes on after what may pass, with the next source after what
  // will not. When this returns OK, the file is whole, verified and durable;
  // otherwise nothing at the destination has changed. `cancellation` ends it
  // within 100 ms with the status given to it, unless the file is just being
  // put in its place.
  //
  // The error is that of the last attempt, with the causes before it in its
  // message.
  //
  // Errors beside those of Validate and of EndpointSource: CONNECT_FAILED,
  // TLS_*, HTTP_STATUS, HTTP_PROTOCOL, SIZE_MISMATCH, DIGEST_MISMATCH (metadata
  // `expected` and `actual`), TOO_LARGE, NO_SPACE, STORAGE_FAILED, STALLED,
  // REDIRECT_REFUSED, DESTINATION_EXISTS.
  virtual absl::StatusOr<FetchResult> Fetch(const FetchRequest& request,
                                            FetchObserver& observer,
                                            Cancellation& cancellation) = 0;

  // Deletes what an unfinished download to `destination` left for a later one
  // to continue; OK when there is nothing. Waits for the disk, and for a Fetch
  // to the same destination. Errors: DESTINATION_INVALID, STORAGE_FAILED.
  virtual absl::Status DiscardPartial(const std::string& destination) = 0;

  // The same, if `condition` holds once no Fetch to the destination runs and
  // none can begin; true if it did.
  virtual absl::StatusOr<bool> DiscardPartialIf(
      const std::string& destination,
      const std::function<bool()>& condition) = 0;

  // Whether the thread that all transfers run on answers within `patience`. It
  // never waits for the disk or a peer: false means that it hangs.
  virtual bool Responds(absl::Duration /*patience*/) { return true; }
};

}  // namespace localstore::fetcher
