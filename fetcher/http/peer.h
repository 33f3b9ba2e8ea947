// Who a transfer talks to, for messages.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

struct Peer {
  std::string host;     // "store.local"
  std::string address;  // "10.1.0.5"
  int port = 0;
  std::string bridge;  // "bn1"

  // "store.local (10.1.0.5 port 80 on bridge bn1)"
  std::string Describe() const;
  // host, address, port and bridge, as metadata of an error.
  ErrorMetadata Metadata() const;
};

// `status` with `suffix` after its message.
absl::Status WithSuffix(const absl::Status& status, absl::string_view suffix);

// `status` with "context: " before its message; reason and details stay.
absl::Status InContext(const absl::Status& status, absl::string_view context);

}  // namespace localstore::fetcher
