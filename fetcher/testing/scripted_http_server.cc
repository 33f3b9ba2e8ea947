#include "fetcher/testing/scripted_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace localstore::fetcher {
namespace {

void Require(bool held, const char* what) {
  if (held) return;
  std::perror(what);
  std::abort();
}

// Which of the two is readable first; 0 when neither was within the time.
int AwaitReadable(int socket, int stop, int milliseconds) {
  pollfd fds[] = {{socket, POLLIN | POLLRDHUP, 0}, {stop, POLLIN, 0}};
  if (poll(fds, 2, milliseconds) <= 0) return 0;
  return fds[1].revents != 0 ? stop : socket;
}

}  // namespace

int64_t ScriptedHttpServer::Request::RangeStart() const {
  const auto found = fields.find("range");
  if (found == fields.end()) return 0;
  absl::string_view text = found->second;
  int64_t start = 0;
  absl::ConsumePrefix(&text, "bytes=");
  absl::ConsumeSuffix(&text, "-");
  return absl::SimpleAtoi(text, &start) ? start : 0;
}

bool ScriptedHttpServer::Connection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    pollfd fds[] = {{socket_, POLLOUT, 0},
                    {server_.stop_read_.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) <= 0 || fds[1].revents != 0) return false;
    const ssize_t sent =
        send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void ScriptedHttpServer::Connection::Reset() const {
  const linger now = {1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void ScriptedHttpServer::Connection::Hold() {
  AwaitReadable(socket_, server_.stop_read_.get(), -1);
}

bool ScriptedHttpServer::Connection::Pause(int milliseconds) {
  return AwaitReadable(socket_, server_.stop_read_.get(), milliseconds) == 0;
}

ScriptedHttpServer::ScriptedHttpServer(Handler handler,
                                       const std::string& address, int port)
    : handler_(std::move(handler)) {
  int stop[2];
  Require(pipe(stop) == 0, "pipe");
  stop_read_ = UniqueFd(stop[0]);
  stop_write_ = UniqueFd(stop[1]);
  listener_ = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in local = {};
  local.sin_family = AF_INET;
  local.sin_port = htons(static_cast<uint16_t>(port));
  Require(inet_pton(AF_INET, address.c_str(), &local.sin_addr) == 1, "address");
  auto* const generic = reinterpret_cast<sockaddr*>(&local);
  Require(bind(listener_.get(), generic, sizeof(local)) == 0, "bind");
  Require(listen(listener_.get(), SOMAXCONN) == 0, "listen");
  socklen_t size = sizeof(local);
  Require(getsockname(listener_.get(), generic, &size) == 0, "getsockname");
  port_ = ntohs(local.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

ScriptedHttpServer::~ScriptedHttpServer() {
  // Closing it wakes all who wait.
  { const UniqueFd closed = std::move(stop_write_); }
  acceptor_.join();
  std::list<std::thread> connections;
  {
    absl::MutexLock lock(&mutex_);
    connections.swap(connections_);
  }
  for (std::thread& connection : connections) connection.join();
}

std::vector<ScriptedHttpServer::Request> ScriptedHttpServer::requests() {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

void ScriptedHttpServer::AwaitRequests(size_t count) {
  const auto came = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return requests_.size() >= count;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&came));
}

void ScriptedHttpServer::Accept() {
  while (AwaitReadable(listener_.get(), stop_read_.get(), -1) ==
         listener_.get()) {
    const int socket = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    absl::MutexLock lock(&mutex_);
    connections_.emplace_back([this, socket] { Serve(socket); });
  }
}

void ScriptedHttpServer::Serve(int socket) {
  const UniqueFd owner(socket);
  Request request;
  if (!ReadRequest(socket, request)) return;
  {
    absl::MutexLock lock(&mutex_);
    request.number = static_cast<int>(requests_.size()) + 1;
    requests_.push_back(request);
  }
  Connection connection(this, socket);
  handler_(request, connection);
}

bool ScriptedHttpServer::ReadRequest(int socket, Request& request) {
  std::string text;
  while (text.find("\r\n\r\n") == std::string::npos) {
    char chunk[4096];
    if (AwaitReadable(socket, stop_read_.get(), -1) != socket) return false;
    const ssize_t got = recv(socket, chunk, sizeof(chunk), 0);
    if (got <= 0) return false;
    text.append(chunk, static_cast<size_t>(got));
  }
  const std::vector<std::string> lines = absl::StrSplit(text, "\r\n");
  const std::vector<std::string> words = absl::StrSplit(lines[0], ' ');
  if (words.size() < 2) return false;
  request.target = words[1];
  for (size_t i = 1; i < lines.size() && !lines[i].empty(); ++i) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    request.fields[absl::AsciiStrToLower(field.first)] = field.second;
  }
  return true;
}

std::string HttpHead(absl::string_view status,
                     const std::vector<std::string>& fields) {
  std::string head = absl::StrCat("HTTP/1.1 ", status, "\r\n");
  for (const std::string& field : fields) absl::StrAppend(&head, field, "\r\n");
  return head + "\r\n";
}

std::string HttpOk(absl::string_view body,
                   const std::vector<std::string>& fields) {
  std::vector<std::string> all = fields;
  all.push_back(absl::StrCat("Content-Length: ", body.size()));
  return absl::StrCat(HttpHead("200 OK", all), body);
}

std::string HttpRangeAware(const ScriptedHttpServer::Request& request,
                           absl::string_view body, absl::string_view etag) {
  const std::string etag_field = absl::StrCat("ETag: ", etag);
  const auto if_range = request.fields.find("if-range");
  const int64_t start = request.RangeStart();
  if (start == 0 ||
      (if_range != request.fields.end() && if_range->second != etag)) {
    return HttpOk(body, {etag_field});
  }
  const absl::string_view rest = body.substr(static_cast<size_t>(start));
  return absl::StrCat(
      HttpHead("206 Partial Content",
               {etag_field, absl::StrCat("Content-Length: ", rest.size()),
                absl::StrCat("Content-Range: bytes ", start, "-",
                             body.size() - 1, "/", body.size())}),
      rest);
}

}  // namespace localstore::fetcher
