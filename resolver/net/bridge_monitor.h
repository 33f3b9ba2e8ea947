// The bridges of this device, as they come, change and go.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "resolver/net/ip_address.h"

namespace localstore::resolver {

struct Bridge {
  int index = 0;  // of the interface; changes when it is made anew
  std::string name;
  bool up = false;                  // administratively, IFF_UP
  std::vector<IpPrefix> addresses;  // IPv4 first; usable ones (not tentative)

  friend bool operator==(const Bridge& a, const Bridge& b) {
    return a.index == b.index && a.name == b.name && a.up == b.up &&
           a.addresses == b.addresses;
  }
};

// Not thread-safe: used on the loop's own thread.
class BridgeMonitor {
 public:
  virtual ~BridgeMonitor() = default;

  // Those whose name matches the patterns, by name.
  virtual const std::vector<Bridge>& bridges() const = 0;

  // Replaces the patterns (fnmatch(3)); none: every Linux bridge. With
  // patterns, any interface whose name matches one.
  virtual void SetPatterns(std::vector<std::string> patterns) = 0;

  // `changed` runs after bridges() has changed. One listener; nullptr ends it.
  virtual void SetListener(std::function<void()> changed) = 0;
};

}  // namespace localstore::resolver
