#include "fetcher/error_history.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "fetcher/http/peer.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kMaxCauses = 8;
constexpr size_t kMaxCauseBytes = 240;

std::string Shortened(absl::string_view message) {
  if (message.size() <= kMaxCauseBytes) return std::string(message);
  // Not in the midst of a UTF-8 sequence: the message becomes a proto string.
  size_t size = kMaxCauseBytes;
  while (size > 0 &&
         (static_cast<unsigned char>(message[size]) & 0xC0) == 0x80) {
    --size;
  }
  return absl::StrCat(message.substr(0, size), "...");
}

}  // namespace

void ErrorHistory::Add(absl::string_view source, const absl::Status& error) {
  const auto same =
      std::find_if(causes_.begin(), causes_.end(), [&](const Cause& cause) {
        return cause.source == source &&
               ReasonOf(cause.error) == ReasonOf(error) &&
               cause.error.message() == error.message();
      });
  Cause latest = {std::string(source), error, 1};
  if (same != causes_.end()) {
    latest.times += same->times;
    causes_.erase(same);
  }
  causes_.push_back(std::move(latest));
  if (causes_.size() > kMaxCauses) {
    // How it began and how it ended say most.
    causes_.erase(causes_.begin() + kMaxCauses / 2);
    ++left_out_;
  }
}

absl::Status ErrorHistory::Summary() const {
  if (causes_.empty()) return absl::OkStatus();
  const Cause& last = causes_.back();
  std::string text;
  if (last.times > 1) absl::StrAppend(&text, " (", last.times, " times)");
  for (size_t i = 0; i + 1 < causes_.size(); ++i) {
    const Cause& cause = causes_[i];
    absl::StrAppend(&text, i == 0 ? "; before that: " : "; ", cause.source,
                    ": ", ReasonName(ReasonOf(cause.error)), ", ",
                    Shortened(cause.error.message()));
    if (cause.times > 1) absl::StrAppend(&text, " (", cause.times, " times)");
  }
  if (left_out_ > 0) {
    absl::StrAppend(&text, "; and ", left_out_, " more causes");
  }
  return WithSuffix(last.error, text);
}

}  // namespace localstore::fetcher
