// Any text as a configuration file: an error with a reason, or settings that
// are complete; and settings that were taken are taken again when written down.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "protos/errors/error.h"
#include "server/config/config_file.h"
#include "server/config/layers.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireReason(const absl::Status& status) {
  Require(localstore::ReasonOf(status) ==
          localstore::v1::ERROR_REASON_INVALID_REQUEST);
  Require(!status.message().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using localstore::server::LayerConfig;
  using localstore::server::ParseConfig;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = ParseConfig(text, "fuzz");
  if (!file.ok()) {
    RequireReason(file.status());
    return 0;
  }
  const auto config = LayerConfig(*file, {}, {});
  if (!config.ok()) {
    RequireReason(config.status());
    return 0;
  }
  Require(config->max_active_downloads() > 0);
  Require(config->listen_size() > 0);
  std::string written;
  Require(google::protobuf::TextFormat::PrintToString(*config, &written));
  const auto again = ParseConfig(written, "again");
  Require(again.ok());
  const auto same = LayerConfig(*again, {}, {});
  Require(same.ok() &&
          google::protobuf::util::MessageDifferencer::Equals(*config, *same));
  return 0;
}
