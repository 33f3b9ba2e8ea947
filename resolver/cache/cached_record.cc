#include "resolver/cache/cached_record.h"

namespace localstore::resolver {

const CachedRecord* Newest(absl::Span<const CachedRecord* const> records) {
  const CachedRecord* newest = nullptr;
  for (const CachedRecord* cached : records) {
    if (newest == nullptr || (newest->leaving && !cached->leaving) ||
        (newest->leaving == cached->leaving &&
         cached->received >= newest->received)) {
      newest = cached;
    }
  }
  return newest;
}

}  // namespace localstore::resolver
