#include "client/arguments/command_table.h"

#include <algorithm>

namespace localstore::client {
namespace {

template <typename Spec>
const Spec* FindByName(const std::vector<Spec>& specs, absl::string_view name) {
  const auto found =
      std::find_if(specs.begin(), specs.end(),
                   [name](const Spec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<std::string>& GlobalFlags() {
  static const auto& names = *new std::vector<std::string>{
      "server",  "output",          "tls",     "tls_ca", "tls_certificate",
      "tls_key", "tls_server_name", "version", "help"};
  return names;
}

const CommandSpec* FindCommand(absl::string_view name) {
  return FindByName(Commands(), name);
}

const FlagSpec* FindFlag(absl::string_view name) {
  return FindByName(Flags(), name);
}

bool Takes(const CommandSpec& command, absl::string_view flag) {
  const auto holds = [flag](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), flag) != names.end();
  };
  return holds(GlobalFlags()) || holds(command.flags);
}

}  // namespace localstore::client
