// Serves metrics over HTTP.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "prometheus/collectable.h"
#include "prometheus/exposer.h"

namespace localstore::server {

// On threads of its own, few and with bounds on what a client may take of them:
// who scrapes slowly or often is in the way of other scrapers at most.
class MetricsListener {
 public:
  using Collectables = std::vector<std::shared_ptr<prometheus::Collectable>>;

  // Serves "/metrics" at `address`, an "address:port" that
  // ParseListenAddress takes. Errors: INVALID_REQUEST at `metrics_listen`.
  static absl::StatusOr<std::unique_ptr<MetricsListener>> Start(
      const std::string& address, Collectables collectables);

  // With the port that was found free.
  const std::string& address() const { return address_; }

 private:
  explicit MetricsListener(Collectables collectables);

  const Collectables collectables_;
  std::string address_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace localstore::server
