// The lab (testing/lab) as the end-to-end tests see it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace localstore::testing {

// A line of an App's access log.
struct Request {
  std::string client;       // "10.1.0.1"
  std::string server;       // "10.1.0.5:80"
  std::string host_header;  // "10.1.0.5"
  std::string line;         // "GET /images/a.img HTTP/1.1"
  int status = 0;
  int64_t body_bytes = 0;
  std::string range;  // "bytes=100-", or "-"
};

// The lab that the test was started in, by run_in_lab.sh. A verb that fails
// fails the test and, because nothing after it makes sense, ends it.
class Lab {
 public:
  // `lab.sh` and the prefix are taken from the environment.
  Lab();

  // lab.sh with these arguments; what it printed.
  std::string Run(const std::vector<std::string>& arguments) const;

  // The command line that runs `argv` on the device.
  std::vector<std::string> OnDevice(const std::vector<std::string>& argv) const;

  // Makes a file that the App serves, of random bytes; its SHA-256 in hex.
  std::string MakeFile(const std::string& app, const std::string& path,
                       int64_t bytes) const;

  // Where that file is.
  std::string FilePath(const std::string& app, const std::string& path) const;

  // What the App's web server was asked for so far, oldest first.
  std::vector<Request> Requests(const std::string& app) const;

 private:
  std::string script_;
};

}  // namespace localstore::testing
