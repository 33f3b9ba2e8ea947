#include "client/arguments/command_table.h"

namespace localstore::client {

const std::vector<FlagSpec>& Flags() {
  using Kind = FlagKind;
  static const auto& flags = *new std::vector<FlagSpec>{
      // Global.
      {"server", Kind::kText, "ADDRESS",
       "The server: unix:PATH, HOST:PORT or an absolute path of a socket "
       "(default: $LOCALSTORE_SERVER, else "
       "unix:/run/localstore/localstore.sock)"},
      {"output",
       Kind::kChoice,
       "FORMAT",
       "text for people, json for programs: protobuf's JSON, one object a line",
       {"text", "json"}},
      {"tls", Kind::kSwitch, "",
       "Talk TLS to the server, trusting the system's certificate authorities "
       "(implied by the other --tls flags)"},
      {"tls_ca", Kind::kFile, "FILE",
       "PEM file of the certificate authorities that may sign the server's "
       "certificate"},
      {"tls_certificate", Kind::kFile, "FILE",
       "PEM file of this client's certificate chain, for mutual TLS"},
      {"tls_key", Kind::kFile, "FILE",
       "PEM file of this client's private key, for mutual TLS"},
      {"tls_server_name", Kind::kText, "NAME",
       "The name that the server's certificate must hold, where it is not the "
       "one in --server"},
      {"version", Kind::kSwitch, "", "Print the version of localstorectl"},
      {"help", Kind::kSwitch, "", "Print this help, or that of a command"},
      // Lookups.
      {"bridge",
       Kind::kText,
       "NAME",
       "Only this bridge; may be repeated",
       {},
       true},
      {"ipv4", Kind::kSwitch, "", "Only IPv4 addresses"},
      {"ipv6", Kind::kSwitch, "", "Only IPv6 addresses"},
      {"all", Kind::kSwitch, "",
       "Wait out the timeout for every answer instead of the first"},
      {"no_cache", Kind::kSwitch, "",
       "Ask the bridges again, whatever the server remembers"},
      {"timeout", Kind::kDuration, "DURATION",
       "Give up after this time, 30s for example (default: the server's for a "
       "lookup, none for a download)"},
      {"duration", Kind::kDuration, "DURATION",
       "How long to listen (default: until Ctrl-C; doctor: 4s)"},
      // Download.
      {"datastore",
       Kind::kText,
       "NAME|URL",
       "Take IMAGE from this datastore: a name in the server's configuration, "
       "or where it is (http://store.local:8080/path); may be repeated, tried "
       "in order",
       {},
       true},
      {"sha256", Kind::kText, "HEX",
       "The SHA-256 that the image must have, 64 hexadecimal digits"},
      {"allow_unverified", Kind::kSwitch, "",
       "Accept the image without --sha256"},
      {"destination", Kind::kText, "FILE",
       "Name of the file beneath the server's download directory (default: "
       "the last part of the path)"},
      {"overwrite", Kind::kSwitch, "",
       "Replace a different file at the destination"},
      {"size", Kind::kByteCount, "BYTES", "The exact size that the image has"},
      {"max_size", Kind::kByteCount, "BYTES",
       "Refuse an image that is larger, 4G for example"},
      {"limit_rate", Kind::kByteRate, "RATE",
       "At most so many bytes a second, 10M for example"},
      {"id", Kind::kText, "ID",
       "Identify the download; the same id and request again attaches to it "
       "(default: the server makes one)"},
      {"ca", Kind::kFile, "FILE",
       "PEM file of the certificates that the datastore's HTTPS certificate "
       "must lead to; replaces the system's"},
      {"tls_identity",
       Kind::kChoice,
       "WHAT",
       "What the datastore's certificate must hold: the IP address that is "
       "dialled (default) or the .local host name",
       {"ip", "host"}},
      {"credentials_file", Kind::kFile, "FILE",
       "File that holds USER:PASSWORD for the datastore; - reads standard "
       "input"},
      {"authorization_file", Kind::kFile, "FILE",
       "File that holds the Authorization header for the datastore, \"Bearer "
       "TOKEN\" for example; - reads standard input"},
      {"allow_credentials_over_http", Kind::kSwitch, "",
       "Let the credentials cross the bridge in clear"},
      {"client_certificate", Kind::kFile, "FILE",
       "PEM file of the certificate chain shown to the datastore"},
      {"client_key", Kind::kFile, "FILE",
       "PEM file of the private key that goes with --client_certificate"},
      {"on_disconnect",
       Kind::kChoice,
       "WHAT",
       "What becomes of the download when nobody watches it any more: continue "
       "(default) or cancel",
       {"continue", "cancel"}},
      {"progress_interval", Kind::kDuration, "DURATION",
       "Time between two reports of progress (default: 200ms on a terminal, "
       "else 1s)"},
      // Cancel and remove.
      {"discard_partial", Kind::kSwitch, "",
       "Delete the part that was received, instead of keeping it to resume"},
      {"delete_file", Kind::kSwitch, "", "Delete the downloaded file as well"},
  };
  return flags;
}

}  // namespace localstore::client
