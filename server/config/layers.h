// Flag over environment over file over default.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "localstore/v1/config.pb.h"

namespace localstore::server {

// Texts by the name of the setting.
using SettingTexts = std::map<std::string, std::string>;

// The settings among the variables of an environment (name and value as in
// environ(7)): LOCALSTORE_MAX_ACTIVE_DOWNLOADS sets max_active_downloads.
// LOCALSTORE_CONFIG and localstorectl's LOCALSTORE_SERVER are left out. Errors:
// INVALID_REQUEST for a variable that begins like one and sets nothing, with
// the name that may be meant.
absl::StatusOr<SettingTexts> SettingsOfEnvironment(
    const char* const* environment);

// `file`, with what the environment and the flags say instead, and the defaults
// where nothing says anything. Errors: INVALID_REQUEST with all violations.
absl::StatusOr<v1::Config> LayerConfig(const v1::Config& file,
                                       const SettingTexts& environment,
                                       const SettingTexts& flags);

}  // namespace localstore::server
