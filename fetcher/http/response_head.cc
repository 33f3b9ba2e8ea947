#include "fetcher/http/response_head.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr absl::string_view kContentLength = "content-length";

absl::Status ProtocolError(absl::string_view what) {
  return MakeError(v1::ERROR_REASON_HTTP_PROTOCOL,
                   absl::StrCat("the datastore sent ", what));
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

bool ParseLength(absl::string_view text, int64_t& out) {
  return AllDigits(text) && absl::SimpleAtoi(text, &out);
}

}  // namespace

std::string ResponseHead::Value(absl::string_view lower_case_name) const {
  std::string all;
  bool found = false;
  for (const auto& [name, value] : fields) {
    if (name != lower_case_name) continue;
    absl::StrAppend(&all, found ? ", " : "", value);
    found = true;
  }
  return all;
}

bool ResponseHead::Has(absl::string_view lower_case_name) const {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
    return field.first == lower_case_name;
  });
}

absl::optional<int64_t> ResponseHead::ContentLength() const {
  // With a transfer coding the length is to be ignored (RFC 9112, 6.3).
  if (Has("transfer-encoding") || !HasValidLength()) return absl::nullopt;
  for (const auto& [name, value] : fields) {
    int64_t length = 0;
    if (name == kContentLength && ParseLength(value, length)) return length;
  }
  return absl::nullopt;
}

bool ResponseHead::HasValidLength() const {
  absl::optional<int64_t> seen;
  return std::all_of(fields.begin(), fields.end(), [&](const auto& field) {
    int64_t length = 0;
    if (field.first != kContentLength) return true;
    if (!ParseLength(field.second, length)) return false;
    return std::exchange(seen, length).value_or(length) == length;
  });
}

bool ResponseHead::HasKnownCoding() const {
  return !Has("transfer-encoding") ||
         absl::EqualsIgnoreCase(Value("transfer-encoding"), "chunked");
}

bool ResponseHead::HasMarkedEnd() const {
  return ContentLength().has_value() ||
         (Has("transfer-encoding") && HasKnownCoding());
}

absl::Status ResponseHeadReader::AddLine(absl::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMaxBytes) {
    return ProtocolError(
        absl::StrCat("more than ", kMaxBytes, " bytes of header fields"));
  }
  if (done_) return absl::OkStatus();
  const bool folded =
      absl::StartsWith(line, " ") || absl::StartsWith(line, "\t");
  line = absl::StripAsciiWhitespace(line);
  if (!in_block_) return BeginBlock(line);
  if (folded) return Fold(line);
  if (!line.empty()) return AddField(line);
  in_block_ = false;
  done_ = head_.status >= 200;
  if (done_ || ++interim_ <= kMaxInterim) return absl::OkStatus();
  return ProtocolError("interim responses without end");
}

absl::Status ResponseHeadReader::AddField(absl::string_view line) {
  if (head_.fields.size() == kMaxFields) {
    return ProtocolError(
        absl::StrCat("more than ", kMaxFields, " header fields"));
  }
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) {
    return ProtocolError("a header field without a colon");
  }
  const absl::string_view name = line.substr(0, colon);
  // RFC 9112, section 5.1: some take such a field for the one that it looks
  // like, and others do not.
  if (name.empty() ||
      absl::ascii_isspace(static_cast<unsigned char>(name.back()))) {
    return ProtocolError("a header field with space before its colon");
  }
  head_.fields.emplace_back(
      absl::AsciiStrToLower(name),
      absl::StripLeadingAsciiWhitespace(line.substr(colon + 1)));
  return absl::OkStatus();
}

// RFC 9112, section 5.2.
absl::Status ResponseHeadReader::Fold(absl::string_view line) {
  if (head_.fields.empty()) {
    return ProtocolError("a header field that goes on before it began");
  }
  absl::StrAppend(&head_.fields.back().second, " ", line);
  return absl::OkStatus();
}

absl::Status ResponseHeadReader::BeginBlock(absl::string_view status_line) {
  head_ = ResponseHead();
  // "HTTP/1.1 200 OK"
  const size_t space = status_line.find(' ');
  if (!absl::StartsWith(status_line, "HTTP/1.") ||
      space == absl::string_view::npos) {
    return ProtocolError("no status line of HTTP/1");
  }
  const absl::string_view code = status_line.substr(space + 1, 3);
  if (!AllDigits(code) || code.size() != 3 ||
      !absl::SimpleAtoi(code, &head_.status) || head_.status < 100) {
    return ProtocolError("no status line of HTTP/1");
  }
  in_block_ = true;
  return absl::OkStatus();
}

}  // namespace localstore::fetcher
