#include "testing/environment.h"

#include <cstdlib>

namespace localstore::testing {

void SetVariable(const std::string& name, const std::string& value) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as the header says.
  setenv(name.c_str(), value.c_str(), 1);
}

void UnsetVariable(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as the header says.
  unsetenv(name.c_str());
}

}  // namespace localstore::testing
