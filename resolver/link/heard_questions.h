// Questions that other queriers asked: ours need not follow at once.
#pragma once

#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "resolver/cache/record_cache.h"
#include "resolver/dns/message.h"
#include "resolver/dns/name.h"

namespace localstore::resolver {

// RFC 6762 section 7.3: a question that another host has just multicast, with
// no known answer that we would not list as well, counts as asked by ourselves,
// since its answers are multicast, too. Not thread-safe.
class HeardQuestions {
 public:
  explicit HeardQuestions(size_t max_questions = 256)
      : max_questions_(max_questions) {}

  // The questions of `query`, which was multicast by another host; `cache` has
  // what we know. Those wanting unicast answers (section 5.4), and all of a
  // query whose known answers go on in another packet (section 7.2), do not
  // count.
  void Note(const dns::Message& query, const RecordCache& cache,
            absl::Time now);

  // Whether it was heard within the last second: its answers are on the way, or
  // were heard as well.
  bool WasHeard(const dns::Name& name, dns::Type type, absl::Time now) const;

  void Clear() { heard_.clear(); }
  size_t size() const { return heard_.size(); }

 private:
  void Remember(const dns::Question& question, absl::Time now);

  const size_t max_questions_;
  absl::flat_hash_map<std::pair<dns::Name, dns::Type>, absl::Time> heard_;
};

}  // namespace localstore::resolver
