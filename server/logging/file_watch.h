// Waits for what another process, or another thread, writes to a file.
#pragma once

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace localstore::server {

// Needs no descriptor after it was made. Not thread-safe.
class FileWatch {
 public:
  // The file must be there.
  explicit FileWatch(const std::string& path);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Whether what the file holds comes to satisfy `holds` in time. Looks
  // whenever something has been written to it.
  bool Await(const std::function<bool(absl::string_view text)>& holds,
             absl::Duration patience) const;

 private:
  std::string Read() const;

  const int file_;
  const int events_;
};

}  // namespace localstore::server
