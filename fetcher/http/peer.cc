#include "fetcher/http/peer.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace localstore::fetcher {
namespace {

absl::Status WithMessage(const absl::Status& status,
                         absl::string_view message) {
  if (status.ok()) return status;
  absl::Status result(status.code(), message);
  status.ForEachPayload(
      [&result](absl::string_view type_url, const absl::Cord& payload) {
        result.SetPayload(type_url, payload);
      });
  return result;
}

}  // namespace

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
  return WithMessage(status, absl::StrCat(context, ": ", status.message()));
}

absl::Status WithSuffix(const absl::Status& status, absl::string_view suffix) {
  return WithMessage(status, absl::StrCat(status.message(), suffix));
}

}  // namespace localstore::fetcher
