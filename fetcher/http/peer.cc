#include "fetcher/http/peer.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace localstore::fetcher {

std::string Peer::Describe() const {
  return absl::StrCat(host, " (", address, " port ", port, " on bridge ",
                      bridge, ")");
}

ErrorMetadata Peer::Metadata() const {
  return {{"host", host},
          {"address", address},
          {"port", absl::StrCat(port)},
          {"bridge", bridge}};
}

absl::Status InContext(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status result(status.code(),
                      absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload(
      [&result](absl::string_view type_url, const absl::Cord& payload) {
        result.SetPayload(type_url, payload);
      });
  return result;
}

}  // namespace localstore::fetcher
