// What is logged during a test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/logging/file_watch.h"

namespace localstore::server {

// While it is there, standard error goes to a file, and events of every level
// are logged as text.
class CapturedLog {
 public:
  CapturedLog();
  ~CapturedLog();
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  // So far, without their times.
  std::vector<std::string> Events() const;

  // Whether an event with that text is logged within half a minute.
  bool Await(absl::string_view text) const;

 private:
  std::string path_;
  int saved_;
  std::unique_ptr<FileWatch> watch_;
};

}  // namespace localstore::server
