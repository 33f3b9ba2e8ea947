#include "server/logging/captured_log.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "server/logging/log.h"

namespace localstore::server {

CapturedLog::CapturedLog() : saved_(dup(STDERR_FILENO)) {
  char name[] = "/tmp/localstore_XXXXXX";
  const int file = mkstemp(name);
  path_ = name;
  dup2(file, STDERR_FILENO);
  close(file);
  watch_ = std::make_unique<FileWatch>(path_);
  ConfigureLog(LogLevel::kDebug, LogFormat::kText, JournalLevels::kNever);
}

CapturedLog::~CapturedLog() {
  ConfigureLog(LogLevel::kInfo, LogFormat::kText);
  dup2(saved_, STDERR_FILENO);
  close(saved_);
  unlink(path_.c_str());
}

std::vector<std::string> CapturedLog::Events() const {
  std::ifstream file(path_);
  std::vector<std::string> events;
  for (std::string line; std::getline(file, line);) {
    events.push_back(line.substr(line.find(' ') + 1));
  }
  return events;
}

bool CapturedLog::Await(absl::string_view text) const {
  return watch_->Await(
      [text](absl::string_view log) { return absl::StrContains(log, text); },
      absl::Seconds(30));
}

}  // namespace localstore::server
