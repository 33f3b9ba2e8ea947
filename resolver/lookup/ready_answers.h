// Answers that were given from the cache, kept ready to be given again.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"

namespace localstore::resolver {

// Even if nothing changes, an answer is made anew this often: by that, the loop
// hears that somebody still wants the host.
constexpr absl::Duration kReadyLife = absl::Seconds(1);

// Find may be called from any thread, all else from the loop's own only. An
// answer is dropped before the loop goes on after news of what is in it, so
// that nobody finds an address there that the cache has already replaced.
class ReadyAnswers {
 public:
  explicit ReadyAnswers(size_t max_answers = 1024)
      : max_answers_(max_answers) {}

  // With options.all_endpoints, bypass_cache or a service, nothing is found.
  KnownAnswer Find(const std::string& host, const ResolveOptions& options,
                   absl::Time now) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Keeps `resolution`, which was made just now, until the first of its records
  // expires, kReadyLife at most. `names` are those on whose records it depends.
  // May keep nothing when there are too many.
  void Publish(const ResolveOptions& options, const Resolution& resolution,
               const std::vector<dns::Name>& names, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether an answer depends on records of `name`.
  bool Wants(const dns::Name& name) const {
    return !keys_of_.empty() && keys_of_.contains(name);
  }
  // Records of these names have come, changed or gone.
  void Drop(const absl::flat_hash_set<dns::Name>& names)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Drop(const dns::Name& name) ABSL_LOCKS_EXCLUDED(mutex_);
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Answer {
    std::shared_ptr<const Resolution> resolution;
    absl::Time made;
    absl::Time expires;
    std::vector<dns::Name> names;
  };
  using Answers = absl::flat_hash_map<std::string, Answer>;

  // By host and those options that make a difference.
  static std::string KeyOf(const std::string& host,
                           const ResolveOptions& options);
  void Forget(const std::string& key, const std::vector<dns::Name>& names);
  void Erase(const std::string& key) ABSL_LOCKS_EXCLUDED(mutex_);
  void Sweep(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t max_answers_;
  mutable absl::Mutex mutex_;
  Answers answers_ ABSL_GUARDED_BY(mutex_);
  // Of the loop's thread.
  absl::flat_hash_map<dns::Name, absl::flat_hash_set<std::string>> keys_of_;
  absl::Time swept_ = absl::InfinitePast();
};

}  // namespace localstore::resolver
