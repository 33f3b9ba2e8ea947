// All that went wrong before a download failed.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace localstore::fetcher {

// Not thread-safe.
class ErrorHistory {
 public:
  // An attempt at `source` ("store 2" or the URL's host) ended with `error`.
  void Add(absl::string_view source, const absl::Status& error);

  // The last error added, its message followed by those before it: each cause
  // once, with how often it came, the oldest first. Bounded, so that it fits
  // the trailers of an RPC: of many causes the middle ones are left out.
  absl::Status Summary() const;

 private:
  struct Cause {
    std::string source;
    absl::Status error;
    int times = 1;
  };
  std::vector<Cause> causes_;
  int left_out_ = 0;
};

}  // namespace localstore::fetcher
