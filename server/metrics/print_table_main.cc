// Prints the table of metrics for README.md.
#include <cstdio>

#include "server/metrics/catalog.h"

int main() {
  (void)std::fputs(localstore::server::FormatMetricTable().c_str(), stdout);
  return 0;
}
