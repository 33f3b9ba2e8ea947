// Names whose records somebody wants, counted.
#pragma once

#include "absl/container/flat_hash_map.h"
#include "resolver/dns/name.h"

namespace localstore::resolver {

// Not thread-safe.
class WantedNames {
 public:
  // True when nobody wanted it before.
  bool Add(const dns::Name& name) { return ++counts_[name] == 1; }
  void Remove(const dns::Name& name) {
    const auto found = counts_.find(name);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }
  bool Contains(const dns::Name& name) const {
    return !counts_.empty() && counts_.contains(name);
  }
  bool empty() const { return counts_.empty(); }

 private:
  absl::flat_hash_map<dns::Name, int> counts_;
};

}  // namespace localstore::resolver
