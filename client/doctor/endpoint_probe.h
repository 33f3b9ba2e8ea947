// Does the web server at an endpoint answer? Tried from here, on the way that
// the server would take.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/doctor/certificate_report.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

struct ProbeQuestion {
  v1::Endpoint endpoint;
  std::string host;    // the `.local` name, for the certificate
  std::string scheme;  // "http" or "https"
  int port = 0;
  std::string ca_pem;  // may be empty
  absl::Duration timeout = absl::Seconds(5);
};

struct ProbeAnswer {
  enum class Outcome {
    kSkipped,    // cannot be tried from here
    kRefused,    // nothing listens
    kNoAnswer,   // no connection in time, or no way there
    kTlsFailed,  // connected, then no handshake
    kNotHttp,    // connected, then no HTTP
    kAnswered,   // HTTP, whatever the status
  };
  Outcome outcome = Outcome::kSkipped;
  std::string detail;  // why, in words; "" for kAnswered
  int http_status = 0;
  absl::optional<CertificateReport> certificate;
};

class EndpointProber {
 public:
  virtual ~EndpointProber() = default;

  // "" if the endpoint's source address is this machine's, on that bridge; else
  // why the way to the endpoint cannot be taken from here.
  virtual std::string WhyNotFromHere(const v1::Endpoint& endpoint) = 0;

  // Connects from the endpoint's source address, over its bridge where this
  // process may choose that, and asks for "/". Blocks for at most the timeout.
  virtual ProbeAnswer Probe(const ProbeQuestion& question) = 0;
};

// With this machine's own sockets.
class NetworkProber : public EndpointProber {
 public:
  std::string WhyNotFromHere(const v1::Endpoint& endpoint) override;
  ProbeAnswer Probe(const ProbeQuestion& question) override;
};

}  // namespace localstore::client
