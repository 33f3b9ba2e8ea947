// System calls that fail as a test says.
#pragma once

#include <string>

namespace localstore::fetcher {

// A program that links this has its own pread(2) and unlinkat(2). While an
// object lives, those that concern a file whose path ends with `suffix` fail
// with `error`. One at a time. Thread-safe.
class FailingCalls {
 public:
  enum class Call { kRead, kDelete };
  FailingCalls(Call call, std::string suffix, int error);
  ~FailingCalls();
  FailingCalls(const FailingCalls&) = delete;
  FailingCalls& operator=(const FailingCalls&) = delete;

  // How many have failed.
  int count() const;
};

}  // namespace localstore::fetcher
