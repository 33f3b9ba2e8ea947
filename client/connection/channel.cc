#include "client/connection/channel.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/connection/input_file.h"
#include "client/connection/server_address.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "version/version.h"

namespace localstore::client {
namespace {

// A snapshot of very many downloads is larger than gRPC's 4 MiB.
constexpr int kLargestMessage = 64 << 20;
// After a restart of the server, be back soon.
constexpr int kFirstBackoffMs = 200;
constexpr int kLongestBackoffMs = 2000;

bool WantsTls(const Arguments& arguments) {
  for (const char* flag :
       {"tls_ca", "tls_certificate", "tls_key", "tls_server_name"}) {
    if (arguments.Has(flag)) return true;
  }
  return arguments.Switch("tls");
}

// A file in PEM (RFC 7468), of which the marker is a part. gRPC does not say
// what is wrong with one that is none.
absl::Status ReadInto(const Arguments& arguments, const char* flag,
                      const char* marker, std::string& content) {
  if (!arguments.Has(flag)) return absl::OkStatus();
  absl::StatusOr<std::string> read = ReadInputFile(arguments.Text(flag));
  if (!read.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, ": ", read.status().message()));
  }
  if (!absl::StrContains(*read, marker)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--", flag, ": ", arguments.Text(flag), " holds no \"", marker, "\""));
  }
  content = *std::move(read);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const Arguments& arguments) {
  if (!WantsTls(arguments)) return grpc::InsecureChannelCredentials();
  if (arguments.Has("tls_certificate") != arguments.Has("tls_key")) {
    return absl::InvalidArgumentError(
        "--tls_certificate and --tls_key go together");
  }
  grpc::SslCredentialsOptions options;
  absl::Status status = ReadInto(arguments, "tls_ca", "BEGIN CERTIFICATE",
                                 options.pem_root_certs);
  if (status.ok()) {
    status = ReadInto(arguments, "tls_certificate", "BEGIN CERTIFICATE",
                      options.pem_cert_chain);
  }
  if (status.ok()) {
    status =
        ReadInto(arguments, "tls_key", "PRIVATE KEY", options.pem_private_key);
  }
  if (!status.ok()) return status;
  return grpc::SslCredentials(options);
}

}  // namespace

absl::StatusOr<Connection> OpenConnection(const Arguments& arguments,
                                          const std::string& default_server) {
  const std::string server =
      arguments.Has("server") ? arguments.Text("server") : default_server;
  const absl::StatusOr<ServerAddress> address = ParseServerAddress(server);
  if (!address.ok()) return address.status();
  const auto credentials = Credentials(arguments);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments options;
  options.SetUserAgentPrefix(absl::StrCat("localstorectl/", kVersion));
  options.SetMaxReceiveMessageSize(kLargestMessage);
  options.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  options.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestBackoffMs);
  if (address->is_local) options.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (arguments.Has("tls_server_name")) {
    options.SetSslTargetNameOverride(arguments.Text("tls_server_name"));
  }
  Connection connection;
  connection.server = server;
  connection.is_private = address->is_local || WantsTls(arguments);
  connection.channel =
      grpc::CreateCustomChannel(address->target, *credentials, options);
  return connection;
}

}  // namespace localstore::client
