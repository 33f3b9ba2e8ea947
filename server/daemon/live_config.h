// The parts of the configuration in the terms of those who use them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/config.pb.h"
#include "server/access/gate.h"
#include "server/jobs/job_registry.h"
#include "server/rpc/settings.h"

namespace localstore::server {

// Each takes a configuration that has passed CheckConfig.
Settings MakeSettings(const v1::Config& config);
absl::Duration MaxOrphanAge(const v1::Config& config);
JobRegistry::Options MakeRegistryOptions(const v1::Config& config);
fetcher::ImageFetcher::Options MakeFetcherOptions(const v1::Config& config);
void ConfigureLog(const v1::Config& config);
// Errors: those of AccessRules::Create, when an account has gone since the
// configuration was checked; the gate stays as it was.
absl::Status ConfigureGate(const v1::Config& config, Gate& gate);

// Whether a setting takes effect at a reload.
bool IsLive(absl::string_view setting);

// The settings in which two configurations differ: "log_level=debug (was
// info)"; by name alone where one can hold a secret.
struct ConfigChanges {
  std::vector<std::string> live;           // take effect at a reload
  std::vector<std::string> needs_restart;  // do not
};
ConfigChanges CompareConfigs(const v1::Config& before, const v1::Config& after);

}  // namespace localstore::server
