// What is logged during a test.
#pragma once

#include <string>
#include <vector>

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

 private:
  std::string path_;
  int saved_;
};

}  // namespace localstore::server
