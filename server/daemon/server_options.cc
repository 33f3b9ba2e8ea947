#include "server/daemon/server_options.h"

#include <grpc/grpc.h>
#include <grpcpp/resource_quota.h>
#include <sys/resource.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/convert/time.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

// Clients that ask for signs of life more often are told to calm down
// (RFC 9113, section 7, ENHANCE_YOUR_CALM), after two such pings.
constexpr absl::Duration kLeastPingInterval = absl::Seconds(10);
constexpr int kPingStrikes = 2;

// From the first byte to the first frame, TLS included.
constexpr absl::Duration kHandshakeTimeout = absl::Seconds(10);

constexpr int kMaxReadBytes = 16 << 10;

// For everything but callers: files, downloads, sockets of each bridge.
constexpr rlim_t kReservedDescriptors = 512;

// Of all that is received and not yet taken, and of all calls; with it used up,
// gRPC narrows windows and then ends streams. A hundred clients with a thousand
// calls each need less.
constexpr size_t kMaxCallMemory = size_t{256} << 20;

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(
      std::min<int64_t>(absl::ToInt64Milliseconds(duration), INT_MAX));
}

int Milliseconds(const google::protobuf::Duration& duration) {
  return Milliseconds(FromProto(duration).value_or(absl::ZeroDuration()));
}

// For settings whose 0 means never.
int MillisecondsOrNever(const google::protobuf::Duration& duration) {
  const int milliseconds = Milliseconds(duration);
  return milliseconds == 0 ? INT_MAX : milliseconds;
}

}  // namespace

void ConfigureServer(const v1::Config& config, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(config.max_request_bytes());
  builder.SetResourceQuota(grpc::ResourceQuota("calls").Resize(kMaxCallMemory));
  const std::pair<const char*, int> arguments[] = {
      {GRPC_ARG_MAX_CONCURRENT_STREAMS, config.max_streams_per_connection()},
      {GRPC_ARG_MAX_METADATA_SIZE, config.max_metadata_bytes()},
      {GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(config.keepalive_time())},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(config.keepalive_timeout())},
      {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
      {GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0},  // of ours: no such limit
      {GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
       Milliseconds(kLeastPingInterval)},
      {GRPC_ARG_HTTP2_MAX_PING_STRIKES, kPingStrikes},
      {GRPC_ARG_MAX_CONNECTION_IDLE_MS,
       MillisecondsOrNever(config.max_connection_idle())},
      {GRPC_ARG_MAX_CONNECTION_AGE_MS,
       MillisecondsOrNever(config.max_connection_age())},
      // A stream may last as long as its download.
      {GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, INT_MAX},
      // What is taken in at once.
      {GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kMaxReadBytes},
      {GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(kHandshakeTimeout)},
  };
  for (const auto& argument : arguments) {
    builder.AddChannelArgument(argument.first, argument.second);
  }
}

int MaxConnections(const v1::Config& config) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return config.max_connections();
  const rlim_t room = files.rlim_cur > 2 * kReservedDescriptors
                          ? files.rlim_cur - kReservedDescriptors
                          : std::max<rlim_t>(files.rlim_cur / 2, 4);
  if (room >= static_cast<rlim_t>(config.max_connections())) {
    return config.max_connections();
  }
  LogWarning(
      "the limit on open files leaves room for fewer connections than "
      "max_connections; raise it (ulimit -n, LimitNOFILE=)",
      {{"connections", absl::StrCat(room)},
       {"open_files", absl::StrCat(files.rlim_cur)}});
  return static_cast<int>(room);
}

int KeepaliveTimeoutMilliseconds(const v1::Config& config) {
  return Milliseconds(config.keepalive_timeout());
}

}  // namespace localstore::server
