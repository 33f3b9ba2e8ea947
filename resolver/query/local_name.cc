#include "resolver/query/local_name.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD
constexpr size_t kShownBytes = 80;

// Length of the UTF-8 sequence that `bytes` begins with, 0 when there is none:
// no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629).
size_t SequenceLength(absl::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && at(1) < 0xA0) return 0;
  if (first == 0xED && at(1) > 0x9F) return 0;
  if (first == 0xF0 && at(1) < 0x90) return 0;
  if (first == 0xF4 && at(1) > 0x8F) return 0;
  return length;
}

bool IsIpLiteral(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  host = host.substr(0, host.find('%'));
  return IpAddress::Parse(host).has_value();
}

// "" or what is wrong.
std::string CharacterProblem(absl::string_view host) {
  if (!IsUtf8(host)) return "is not valid UTF-8";
  for (const char c : host) {
    if (absl::ascii_iscntrl(c)) return "has a control character";
    if (c == '\\') return "has a backslash";
  }
  return "";
}

std::string LabelProblem(const std::vector<std::string>& labels) {
  for (const std::string& label : labels) {
    if (label.empty()) return "has an empty label (a dot too many)";
    if (label.size() > dns::kMaxLabelBytes) {
      return absl::StrCat("has a label of ", label.size(), " bytes; at most ",
                          dns::kMaxLabelBytes, " are possible");
    }
  }
  return "";
}

HostName Invalid(std::string problem) {
  return {absl::nullopt, std::move(problem), false};
}

HostName Elsewhere(std::string problem) {
  return {absl::nullopt, std::move(problem), true};
}

bool IsServiceLabel(absl::string_view label) {
  return label.size() >= 2 && label[0] == '_' &&
         std::all_of(label.begin() + 1, label.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

}  // namespace

HostName ParseLocalHost(absl::string_view host) {
  if (host.empty()) return Invalid("is empty");
  absl::string_view text = host;
  absl::ConsumeSuffix(&text, ".");
  if (text.size() > dns::kMaxNameBytes) {
    return Invalid(absl::StrCat("has ", text.size(), " bytes; at most ",
                                dns::kMaxNameBytes, " are possible"));
  }
  std::string problem = CharacterProblem(text);
  if (!problem.empty()) return Invalid(std::move(problem));
  if (IsIpLiteral(text)) {
    return Elsewhere("is an address; only .local names are resolved");
  }
  std::vector<std::string> labels = absl::StrSplit(text, '.');
  problem = LabelProblem(labels);
  if (!problem.empty()) return Invalid(std::move(problem));
  if (!absl::EqualsIgnoreCase(labels.back(), "local")) {
    return Elsewhere(
        absl::StrCat("does not end in .local: \"", Shown(host), "\""));
  }
  if (labels.size() == 1) return Invalid("names no host before .local");
  absl::optional<dns::Name> name = dns::Name::FromLabels(std::move(labels));
  if (!name.has_value()) {
    return Invalid(absl::StrCat("is longer than ", dns::kMaxNameBytes,
                                " bytes as a DNS name"));
  }
  return {std::move(name), "", false};
}

std::string Shown(absl::string_view text) {
  const bool cut = text.size() > kShownBytes;
  std::string shown = IsUtf8(text) && !cut
                          ? std::string(text)
                          : absl::CHexEscape(text.substr(0, kShownBytes));
  for (char& c : shown) {
    if (absl::ascii_iscntrl(c)) c = '?';
  }
  return cut ? absl::StrCat(shown, "...") : shown;
}

absl::StatusOr<dns::Name> ParseServiceType(absl::string_view type) {
  absl::string_view text = type;
  absl::ConsumeSuffix(&text, ".");
  if (absl::EndsWithIgnoreCase(text, ".local")) text.remove_suffix(6);
  std::vector<std::string> labels = absl::StrSplit(text, '.');
  const bool meta = absl::EqualsIgnoreCase(text, "_services._dns-sd._udp");
  const bool service = labels.size() == 2 && IsServiceLabel(labels[0]) &&
                       (absl::EqualsIgnoreCase(labels[1], "_tcp") ||
                        absl::EqualsIgnoreCase(labels[1], "_udp"));
  if (!meta && !service) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", Shown(type),
        "\" is not a service type such as _http._tcp or _ipp._udp"));
  }
  labels.push_back("local");
  const absl::optional<dns::Name> name =
      dns::Name::FromLabels(std::move(labels));
  if (!name.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Shown(type), "\" is too long"));
  }
  return name->Lowercase();
}

std::string ServiceTypeText(const dns::Name& type) {
  const std::string text = HostText(type);
  return std::string(absl::StripSuffix(text, ".local"));
}

std::string HostText(const dns::Name& host) {
  return ToUtf8(host.Lowercase().ToString());
}

std::string ToUtf8(absl::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = SequenceLength(bytes);
    if (length == 0) {
      text += kReplacement;
    } else {
      text.append(bytes.data(), length);
    }
    bytes.remove_prefix(std::max<size_t>(length, 1));
  }
  return text;
}

bool IsUtf8(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t length = SequenceLength(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace localstore::resolver
