// What to do with the body of a response, before its first byte.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "fetcher/http/response_head.h"
#include "fetcher/storage/resume_record.h"

namespace localstore::fetcher {

// What was asked for, and what is known of it.
struct BodyExpectation {
  int64_t offset = 0;          // the range asked for begins here; 0: no range
  ResumeRecord held;           // what the bytes before the offset are of
  bool same_source = false;    // as the one that `held` came from
  int64_t size_bytes = 0;      // exact; 0: unknown
  int64_t max_size_bytes = 0;  // 0: no limit
  bool has_digest = false;     // something verifies the result
};

struct BodyPlan {
  enum class Action {
    kAppend,    // the body goes on at the offset
    kRestart,   // the body is the whole image: forget what is there
    kComplete,  // there is no more: what is there is all
    kAskAnew,   // the body is of no use; ask again, for the whole image
  };
  Action action = Action::kAppend;
  absl::optional<int64_t> total_bytes;  // of the whole image
  absl::optional<int64_t> end;          // offset at which this body ends
  std::string why;                      // kAskAnew, in words
};

// For a response with status 200, with 206 or 416 when a range was asked for.
//
// Errors: SIZE_MISMATCH, TOO_LARGE when the announced size is not the one
// wanted; HTTP_PROTOCOL for a content coding that was not asked for, for a
// range that was not asked for, and for a body of which nothing could tell
// whether it came whole.
absl::StatusOr<BodyPlan> PlanBody(const ResponseHead& head,
                                  const BodyExpectation& expectation);

}  // namespace localstore::fetcher
