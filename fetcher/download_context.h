// What the parts of one download share.
#pragma once

#include <cstdint>
#include <vector>

#include "fetcher/endpoint_source.h"
#include "fetcher/error_history.h"
#include "fetcher/fetch_gate.h"
#include "fetcher/http/transfer_loop.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/pipeline/image_sink.h"
#include "fetcher/rate_limiter.h"
#include "fetcher/signals.h"
#include "fetcher/storage/download_directory.h"
#include "fetcher/storage/resume_record.h"

namespace localstore::fetcher {

// Of the fetcher, for all its downloads.
struct FetcherContext {
  const ImageFetcher::Options& options;
  EndpointSource& endpoints;
  const DownloadDirectory& directory;
  TransferLoop& loop;
  RateLimiter& limiter;  // of the network thread
};

// Of one download. While a transfer runs, `held`, `limiter` and the appending
// side of the sink are the network thread's, else the download's own.
struct DownloadContext {
  const FetcherContext& fetcher;
  const FetchRequest& request;
  FetchGate& gate;
  Signals& signals;
  ImageSink& sink;
  RateLimiter limiter;
  ResumeRecord held = {};  // what the bytes in the sink are of
  // Whether they may be wrong by no fault of the datastore's image: they came
  // in several pieces, maybe of several versions, or nothing but the end of the
  // connection, maybe a broken one, marked theirs.
  bool doubtful = false;

  int attempts = 0;      // at all sources
  int64_t furthest = 0;  // the most bytes that the sink had so far
  // Those that went silent, the last one last: to be tried in this order, after
  // all others.
  std::vector<Endpoint> silent = {};
  ErrorHistory history = {};
};

}  // namespace localstore::fetcher
