// Which ports to try on which endpoints.
#pragma once

#include <vector>

#include "client/doctor/evidence.h"

namespace localstore::client {

// For each endpoint, of which there may be very many the first few: the scheme
// and port that the target names, else those that are advertised, else the
// schemes' own. Answers are yet to come.
std::vector<ProbeEvidence> PlanProbes(const Evidence& evidence);

}  // namespace localstore::client
