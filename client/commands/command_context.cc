#include "client/commands/command_context.h"

namespace localstore::client {

std::unique_ptr<grpc::ClientContext> CallWithin(absl::Duration time) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + time));
  return context;
}

}  // namespace localstore::client
