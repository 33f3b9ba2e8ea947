#include "client/commands/download_request.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/connection/input_file.h"
#include "client/render/units.h"

namespace localstore::client {
namespace {

constexpr absl::Duration kRedrawInterval = absl::Milliseconds(200);
constexpr size_t kSha256Digits = 64;

absl::Status Mistake(absl::string_view flag, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": ", what));
}

absl::Status ReadFlag(const Arguments& arguments, absl::string_view flag,
                      std::istream& in, std::string& content) {
  if (!arguments.Has(flag)) return absl::OkStatus();
  const std::string path = arguments.Text(flag);
  absl::StatusOr<std::string> read =
      path == "-" ? ReadInput(in, "standard input") : ReadInputFile(path);
  if (!read.ok()) return Mistake(flag, read.status().message());
  content = *std::move(read);
  return absl::OkStatus();
}

// The only line of a file of secrets.
absl::Status ReadSecretLine(const Arguments& arguments, absl::string_view flag,
                            std::istream& in, std::string& line) {
  absl::Status status = ReadFlag(arguments, flag, in, line);
  if (!status.ok()) return status;
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
    line.pop_back();
  }
  for (const char c : line) {
    if (absl::ascii_iscntrl(c)) {
      return Mistake(flag, "the file is to hold one line of text");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadCredentials(const Arguments& arguments, std::istream& in,
                             v1::Credentials& credentials) {
  std::string user_and_password;
  absl::Status status =
      ReadSecretLine(arguments, "credentials_file", in, user_and_password);
  if (!status.ok()) return status;
  if (!absl::StrContains(user_and_password, ':')) {
    return Mistake("credentials_file", "the file is to hold USER:PASSWORD");
  }
  credentials.set_scheme("Basic");  // RFC 7617
  credentials.set_value(absl::Base64Escape(user_and_password));
  return absl::OkStatus();
}

absl::Status ReadAuthorization(const Arguments& arguments, std::istream& in,
                               v1::Credentials& credentials) {
  std::string header;
  absl::Status status =
      ReadSecretLine(arguments, "authorization_file", in, header);
  if (!status.ok()) return status;
  absl::string_view rest = absl::StripAsciiWhitespace(header);
  const size_t space = rest.find(' ');
  if (space == absl::string_view::npos) {
    return Mistake("authorization_file",
                   "the file is to hold a scheme and its value, \"Bearer "
                   "TOKEN\" for example");
  }
  credentials.set_scheme(std::string(rest.substr(0, space)));
  credentials.set_value(
      std::string(absl::StripAsciiWhitespace(rest.substr(space))));
  return absl::OkStatus();
}

absl::Status ReadAccess(const Arguments& arguments, std::istream& in,
                        v1::Datastore& access) {
  const bool basic = arguments.Has("credentials_file");
  const bool header = arguments.Has("authorization_file");
  if (basic && header) {
    return Mistake("credentials_file",
                   "not together with "
                   "--authorization_file");
  }
  if (arguments.Has("client_certificate") != arguments.Has("client_key")) {
    return Mistake("client_certificate", "goes together with --client_key");
  }
  for (const auto& entry :
       {std::make_pair("ca", access.mutable_ca_certificates_pem()),
        std::make_pair("client_certificate",
                       access.mutable_client_certificate_pem()),
        std::make_pair("client_key", access.mutable_client_key_pem())}) {
    absl::Status status = ReadFlag(arguments, entry.first, in, *entry.second);
    if (!status.ok()) return status;
  }
  const std::string identity = arguments.Text("tls_identity");
  if (identity == "ip") {
    access.set_tls_identity(v1::TLS_IDENTITY_IP_ADDRESS);
  } else if (identity == "host") {
    access.set_tls_identity(v1::TLS_IDENTITY_HOST_NAME);
  }
  if (!basic && !header) return absl::OkStatus();
  v1::Credentials& credentials = *access.mutable_credentials();
  credentials.set_allow_over_http(
      arguments.Switch("allow_credentials_over_http"));
  return basic ? ReadCredentials(arguments, in, credentials)
               : ReadAuthorization(arguments, in, credentials);
}

// "http://store.local:8080/images" or "store.local" is where a datastore is;
// "edge-store" is the name of one.
void SetPlace(absl::string_view place, v1::Datastore& datastore) {
  const size_t scheme = place.find("://");
  const bool is_url = scheme != absl::string_view::npos;
  const absl::string_view rest = is_url ? place.substr(scheme + 3) : place;
  const size_t slash = rest.find('/');
  const absl::string_view host = rest.substr(0, slash);
  if (!is_url && host.find_first_of(".:") == absl::string_view::npos) {
    datastore.set_name(std::string(place));
    return;
  }
  const absl::string_view path = slash == absl::string_view::npos
                                     ? absl::string_view()
                                     : rest.substr(slash + 1);
  datastore.set_fqdn(
      std::string(place.substr(0, place.size() - rest.size() + host.size())));
  datastore.set_dpath(std::string(absl::StripSuffix(path, "/")));
}

absl::Status SetSource(const Arguments& arguments, std::istream& in,
                       v1::DownloadRequest& request) {
  v1::Datastore access;
  absl::Status status = ReadAccess(arguments, in, access);
  if (!status.ok()) return status;
  const std::string& operand = arguments.operands().front();
  const bool is_url = absl::StrContains(operand, "://");
  if (arguments.Has("datastore")) {
    if (is_url) {
      return Mistake("datastore",
                     "goes with the path of an image, not with a URL");
    }
    request.set_image(operand);
    for (const std::string& place : arguments.TextList("datastore")) {
      v1::Datastore& datastore = *request.add_datastores();
      datastore = access;
      SetPlace(place, datastore);
    }
    return absl::OkStatus();
  }
  if (!is_url) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", operand,
                     "\" is no URL (http://HOST.local/PATH); for the path of "
                     "an image, say where it is with --datastore"));
  }
  request.set_url(operand);
  if (access.ByteSizeLong() > 0) *request.add_datastores() = access;
  return absl::OkStatus();
}

absl::Status SetVerification(const Arguments& arguments,
                             v1::DownloadRequest& request) {
  const std::string digest = arguments.Text("sha256");
  const bool allow_unverified = arguments.Switch("allow_unverified");
  if (digest.empty() && !allow_unverified) {
    return absl::InvalidArgumentError(
        "--sha256 is missing; without it nobody knows that the image is the "
        "right one (--allow_unverified takes it all the same)");
  }
  if (!digest.empty() && (digest.size() != kSha256Digits ||
                          digest.find_first_not_of("0123456789abcdefABCDEF") !=
                              std::string::npos)) {
    return Mistake("sha256", absl::StrCat("wants 64 hexadecimal digits, has ",
                                          digest.size(), " characters"));
  }
  request.set_sha256(absl::AsciiStrToLower(digest));
  request.set_allow_unverified(allow_unverified);
  request.set_size_bytes(arguments.Bytes("size"));
  request.set_max_size_bytes(arguments.Bytes("max_size"));
  return absl::OkStatus();
}

void SetTimes(const Arguments& arguments, bool redraws,
              v1::DownloadRequest& request) {
  if (arguments.Has("timeout")) {
    *request.mutable_timeout() =
        ToProto(arguments.Duration("timeout", absl::ZeroDuration()));
  }
  if (arguments.Has("progress_interval") || redraws) {
    *request.mutable_progress_interval() =
        ToProto(arguments.Duration("progress_interval", kRedrawInterval));
  }
}

}  // namespace

absl::StatusOr<v1::DownloadRequest> MakeDownloadRequest(
    const Arguments& arguments, std::istream& in, bool redraws) {
  v1::DownloadRequest request;
  absl::Status status = SetVerification(arguments, request);
  if (status.ok()) status = SetSource(arguments, in, request);
  if (!status.ok()) return status;
  request.set_download_id(arguments.Text("id"));
  request.set_destination(arguments.Text("destination"));
  request.set_overwrite(arguments.Switch("overwrite"));
  request.set_max_bytes_per_second(arguments.Bytes("limit_rate"));
  for (const std::string& bridge : arguments.TextList("bridge")) {
    request.add_bridges(bridge);
  }
  const std::string policy = arguments.Text("on_disconnect");
  if (policy == "continue") {
    request.set_on_disconnect(v1::DISCONNECT_POLICY_CONTINUE);
  } else if (policy == "cancel") {
    request.set_on_disconnect(v1::DISCONNECT_POLICY_CANCEL);
  }
  SetTimes(arguments, redraws, request);
  return request;
}

bool HoldsSecrets(const v1::DownloadRequest& request) {
  const auto& datastores = request.datastores();
  return std::any_of(datastores.begin(), datastores.end(),
                     [](const v1::Datastore& datastore) {
                       return datastore.has_credentials() ||
                              !datastore.client_key_pem().empty();
                     });
}

}  // namespace localstore::client
