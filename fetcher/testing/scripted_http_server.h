// A web server on the loopback that misbehaves as it is told.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "fetcher/storage/unique_fd.h"

namespace localstore::fetcher {

// One thread for each connection; one request on each. Thread-safe.
class ScriptedHttpServer {
 public:
  struct Request {
    int number = 0;                             // from 1, as they came
    std::string target;                         // "/image?x=1"
    std::map<std::string, std::string> fields;  // names in lower case
    // Offset that a Range field asks from; 0 without one.
    int64_t RangeStart() const;
  };

  class Connection {
   public:
    Connection(ScriptedHttpServer* server, int socket)
        : server_(*server), socket_(socket) {}
    // False once the peer is gone or the server stops.
    bool Send(absl::string_view bytes);
    // Has the connection end with a reset instead of an orderly close.
    void Reset() const;
    // Until the peer closes its end or the server stops.
    void Hold();
    // Until the peer has gone, the server stops, or a while has passed; false
    // when it was not the while.
    bool Pause(int milliseconds);

   private:
    ScriptedHttpServer& server_;
    const int socket_;
  };

  // Writes the response; the connection is closed when it returns.
  using Handler = std::function<void(const Request&, Connection&)>;

  explicit ScriptedHttpServer(Handler handler,
                              const std::string& address = "127.0.0.1",
                              int port = 0);
  ~ScriptedHttpServer();

  int port() const { return port_; }
  std::vector<Request> requests() ABSL_LOCKS_EXCLUDED(mutex_);
  // Until so many requests have come.
  void AwaitRequests(size_t count) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Accept();
  void Serve(int socket);
  bool ReadRequest(int socket, Request& request);

  const Handler handler_;
  UniqueFd listener_;
  UniqueFd stop_read_;  // readable, for good, once the server stops
  UniqueFd stop_write_;
  int port_ = 0;

  absl::Mutex mutex_;
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::list<std::thread> connections_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

// "HTTP/1.1 200 OK" and the fields, with the blank line.
std::string HttpHead(absl::string_view status,
                     const std::vector<std::string>& fields);

// A whole 200 response.
std::string HttpOk(absl::string_view body,
                   const std::vector<std::string>& fields = {});

// What an orderly server with strong validators sends for the request: 200, or
// 206 when Range is there and If-Range, if there, fits.
std::string HttpRangeAware(const ScriptedHttpServer::Request& request,
                           absl::string_view body, absl::string_view etag);

}  // namespace localstore::fetcher
