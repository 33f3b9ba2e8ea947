#pragma once

#include "client/commands/command_context.h"
#include "client/doctor/endpoint_probe.h"
#include "client/exit_code.h"

namespace localstore::client {

// Why is HOST not found, or why does it not answer? Gathers what the server and
// its bridges know, tries the web server from here, and says what to change.
ExitCode RunDoctor(const CommandContext& context);

// The same with another way to try the web server.
ExitCode RunDoctorWith(const CommandContext& context, EndpointProber& prober);

}  // namespace localstore::client
