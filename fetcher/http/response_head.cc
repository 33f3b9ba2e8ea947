#include "fetcher/http/response_head.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

absl::Status ProtocolError(absl::string_view what) {
  return MakeError(v1::ERROR_REASON_HTTP_PROTOCOL,
                   absl::StrCat("the datastore sent ", what));
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

}  // namespace

std::string ResponseHead::Value(absl::string_view lower_case_name) const {
  for (const auto& [name, value] : fields) {
    if (name == lower_case_name) return value;
  }
  return "";
}

bool ResponseHead::Has(absl::string_view lower_case_name) const {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
    return field.first == lower_case_name;
  });
}

absl::optional<int64_t> ResponseHead::ContentLength() const {
  const std::string text = Value("content-length");
  int64_t length = 0;
  // With a transfer coding the length is to be ignored (RFC 9112, 6.3).
  if (Has("transfer-encoding") || !AllDigits(text) ||
      !absl::SimpleAtoi(text, &length)) {
    return absl::nullopt;
  }
  return length;
}

bool ResponseHead::HasValidLength() const {
  const std::string first = Value("content-length");
  return std::all_of(fields.begin(), fields.end(), [&](const auto& field) {
    int64_t length = 0;
    return field.first != "content-length" ||
           (field.second == first && AllDigits(first) &&
            absl::SimpleAtoi(first, &length));
  });
}

bool ResponseHead::HasMarkedEnd() const {
  if (version_major >= 2 || ContentLength().has_value()) return true;
  return absl::EndsWithIgnoreCase(Value("transfer-encoding"), "chunked");
}

absl::Status ResponseHeadReader::AddLine(absl::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMaxBytes) {
    return ProtocolError(
        absl::StrCat("more than ", kMaxBytes, " bytes of header fields"));
  }
  line = absl::StripAsciiWhitespace(line);
  if (done_) return absl::OkStatus();
  if (!in_block_) return BeginBlock(line);
  if (line.empty()) {
    in_block_ = false;
    done_ = head_.status >= 200;
    if (done_ || ++interim_ <= kMaxInterim) return absl::OkStatus();
    return ProtocolError("interim responses without end");
  }
  if (head_.fields.size() == kMaxFields) {
    return ProtocolError(
        absl::StrCat("more than ", kMaxFields, " header fields"));
  }
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) {
    return ProtocolError("a header field without a colon");
  }
  head_.fields.emplace_back(
      absl::AsciiStrToLower(
          absl::StripTrailingAsciiWhitespace(line.substr(0, colon))),
      absl::StripLeadingAsciiWhitespace(line.substr(colon + 1)));
  return absl::OkStatus();
}

absl::Status ResponseHeadReader::BeginBlock(absl::string_view status_line) {
  head_ = ResponseHead();
  // "HTTP/1.1 200 OK", "HTTP/2 200"
  absl::string_view rest = status_line;
  const size_t space = rest.find(' ');
  if (!absl::ConsumePrefix(&rest, "HTTP/") ||
      space == absl::string_view::npos) {
    return ProtocolError("no HTTP status line");
  }
  head_.version_major = rest.front() - '0';
  const absl::string_view code = status_line.substr(space + 1, 3);
  if (!AllDigits(code) || code.size() != 3 ||
      !absl::SimpleAtoi(code, &head_.status) || head_.status < 100) {
    return ProtocolError("no HTTP status line");
  }
  in_block_ = true;
  return absl::OkStatus();
}

}  // namespace localstore::fetcher
