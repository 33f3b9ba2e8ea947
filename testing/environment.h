// The environment of a test's own process.
#pragma once

#include <string>

namespace localstore::testing {

// Not thread-safe: no other thread may use the environment meanwhile.
void SetVariable(const std::string& name, const std::string& value);
void UnsetVariable(const std::string& name);

}  // namespace localstore::testing
