// Who else computes on this machine, handed in so that tests can decide it.
#pragma once

namespace localstore::resolver {

// Not thread-safe: used on the loop's own thread.
class Processors {
 public:
  enum class Load {
    kIdle,     // nobody but the caller runs
    kShared,   // others run, each on a processor of its own
    kCrowded,  // some that could run wait for a processor
  };

  virtual ~Processors() = default;

  // At this moment; kIdle when it cannot be found out. Never blocks.
  virtual Load Look() = 0;
};

}  // namespace localstore::resolver
