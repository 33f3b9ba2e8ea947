// The size that an image has to have.
#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace localstore::fetcher {

// `total` is the size announced, or reached at the end. Errors: SIZE_MISMATCH
// (metadata `expected`, `actual`) when it is not `size_bytes`, unless that is
// 0; TOO_LARGE (metadata `limit`, `actual`) when over `max_size_bytes`, unless
// that is 0.
absl::Status CheckTotal(int64_t total, int64_t size_bytes,
                        int64_t max_size_bytes);

// `so_far` bytes have come, and more may. Errors as above, when it is too much
// already.
absl::Status CheckSoFar(int64_t so_far, int64_t size_bytes,
                        int64_t max_size_bytes);

}  // namespace localstore::fetcher
