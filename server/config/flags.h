// The command line.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "localstore/v1/config.pb.h"
#include "server/config/layers.h"

namespace localstore::server {

struct CommandLine {
  std::string config_file;    // "" for none
  bool check_config = false;  // only say whether the configuration is right
  bool health_check = false;  // only ask the running server how it is
  SettingTexts settings;      // those that were given
};

// Ends the process for --help, --version and for flags that are unknown or
// malformed, as Abseil does. Errors: INVALID_REQUEST for what is no flag.
absl::StatusOr<CommandLine> ParseCommandLine(int argc, char** argv);

// The configuration of that command line and this environment. Errors: those of
// ReadConfigFile and LayerConfig.
absl::StatusOr<v1::Config> LoadConfig(const CommandLine& command_line,
                                      const char* const* environment);

}  // namespace localstore::server
