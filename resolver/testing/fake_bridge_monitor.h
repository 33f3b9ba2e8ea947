// Bridges that come, change and go as the test says.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "resolver/net/bridge_monitor.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

class FakeBridgeMonitor : public BridgeMonitor {
 public:
  const std::vector<Bridge>& bridges() const override { return bridges_; }
  void SetPatterns(std::vector<std::string> patterns) override {
    patterns_ = std::move(patterns);
  }
  void SetListener(std::function<void()> changed) override {
    changed_ = std::move(changed);
  }

  // Adds the bridge, or replaces the one with its index, and tells of it.
  void Set(const Bridge& bridge) {
    Erase(bridge.index);
    bridges_.push_back(bridge);
    std::sort(bridges_.begin(), bridges_.end(),
              [](const Bridge& a, const Bridge& b) { return a.name < b.name; });
    Tell();
  }
  void Remove(int index) {
    Erase(index);
    Tell();
  }

  const std::vector<std::string>& patterns() const { return patterns_; }
  bool has_listener() const { return changed_ != nullptr; }

 private:
  void Erase(int index) {
    bridges_.erase(std::remove_if(bridges_.begin(), bridges_.end(),
                                  [&](const Bridge& bridge) {
                                    return bridge.index == index;
                                  }),
                   bridges_.end());
  }
  void Tell() {
    if (changed_) changed_();
  }

  std::vector<Bridge> bridges_;
  std::vector<std::string> patterns_;
  std::function<void()> changed_;
};

// MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"})
inline Bridge MakeBridge(int index, const std::string& name,
                         const std::vector<std::string>& prefixes) {
  Bridge bridge;
  bridge.index = index;
  bridge.name = name;
  bridge.up = true;
  for (const std::string& text : prefixes) {
    const size_t slash = text.find('/');
    IpPrefix prefix;
    prefix.address = *IpAddress::Parse(text.substr(0, slash));
    prefix.length = std::stoi(text.substr(slash + 1));
    bridge.addresses.push_back(prefix);
  }
  return bridge;
}

}  // namespace localstore::resolver
