// Any text as the head of a response: no crash, and no plan for its body that
// could put a byte where it does not belong.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "fetcher/body_plan.h"
#include "fetcher/http/content_range.h"
#include "fetcher/http/printable.h"
#include "fetcher/http/response_head.h"
#include "fetcher/http/retry_after.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/resume_policy.h"
#include "fetcher/storage/resume_record.h"

namespace {

using localstore::fetcher::BodyExpectation;
using localstore::fetcher::BodyPlan;
using localstore::fetcher::ResponseHead;
using localstore::fetcher::ResponseHeadReader;
using localstore::fetcher::ResumeRecord;
using Action = BodyPlan::Action;

void Require(bool holds) {
  if (!holds) std::abort();
}

// What stands in one line of a request.
void CheckLine(absl::string_view line) {
  for (const char c : line) Require(absl::ascii_isprint(c));
}

void CheckContentRange(absl::string_view text) {
  const auto range = localstore::fetcher::ParseContentRange(text);
  if (!range.has_value()) return;
  Require(range->bounds.has_value() || range->complete_length.has_value());
  Require(range->complete_length.value_or(0) >= 0);
  const std::string length = range->complete_length.has_value()
                                 ? absl::StrCat(*range->complete_length)
                                 : "*";
  std::string bounds = "*";
  if (range->bounds.has_value()) {
    Require(range->bounds->first >= 0);
    Require(range->bounds->first <= range->bounds->last);
    Require(range->bounds->last < range->complete_length.value_or(INT64_MAX));
    bounds = absl::StrCat(range->bounds->first, "-", range->bounds->last);
  }
  const auto again = localstore::fetcher::ParseContentRange(
      absl::StrCat("bytes ", bounds, "/", length));
  Require(again.has_value());
  Require(again->complete_length == range->complete_length);
  Require(again->bounds.has_value() == range->bounds.has_value());
}

void CheckPlan(const ResponseHead& head, const BodyExpectation& expectation) {
  const auto plan = PlanBody(head, expectation);
  if (!plan.ok()) {
    Require(!plan.status().message().empty());
    return;
  }
  const int64_t offset = expectation.offset;
  const int64_t total = plan->total_bytes.value_or(0);
  if (plan->action == Action::kAskAnew) {
    Require(offset > 0 && !plan->why.empty());
    return;
  }
  Require(expectation.size_bytes == 0 || !plan->total_bytes.has_value() ||
          total == expectation.size_bytes);
  Require(expectation.max_size_bytes == 0 ||
          total <= expectation.max_size_bytes);
  if (plan->action == Action::kComplete) {
    Require(head.status == 416 && total == offset);
    return;
  }
  if (plan->action == Action::kRestart) {
    Require(head.status == 200 && offset > 0);
  } else if (head.status == 206) {
    Require(offset > 0 && plan->end.has_value() && *plan->end > offset);
    Require(!plan->total_bytes.has_value() || *plan->end <= total);
    Require(expectation.held.total_bytes == 0 ||
            total == expectation.held.total_bytes);
    Require(total > 0 || expectation.has_digest || expectation.size_bytes > 0);
  } else {
    Require(head.status == 200 && offset == 0);
  }
  Require(plan->end.has_value() || head.HasMarkedEnd() ||
          expectation.has_digest || expectation.size_bytes > 0);
  Require(head.HasKnownCoding());
}

void CheckRecord(const ResponseHead& head) {
  const localstore::fetcher::WantedImage wanted = {std::string(64, 'a'), ""};
  const ResumeRecord record = DescribeResponse(head, wanted);
  const std::string text = FormatResumeRecord(record);
  Require(text.size() <= localstore::fetcher::kMaxRecordBytes);
  const auto again = localstore::fetcher::ParseResumeRecord(text);
  Require(again.has_value() && *again == record);
  for (const std::string& field : RangeFields(record, wanted, 5)) {
    CheckLine(field);
  }
  Require(!IsOtherVersion(record, head) || head.Value("etag") != record.etag ||
          head.Value("last-modified") != record.last_modified);
}

// The first byte says what was asked for.
BodyExpectation Expect(uint8_t choice) {
  BodyExpectation expectation;
  expectation.offset = (choice & 1) != 0 ? 5 : 0;
  expectation.held.total_bytes = (choice & 2) != 0 ? 10 : 0;
  expectation.held.etag = (choice & 4) != 0 ? "\"1\"" : "";
  expectation.same_source = (choice & 8) != 0;
  expectation.size_bytes = (choice & 16) != 0 ? 10 : 0;
  expectation.max_size_bytes = (choice & 32) != 0 ? 20 : 0;
  expectation.has_digest = (choice & 64) != 0;
  if ((choice & 128) != 0) expectation.max_size_bytes = 4;
  return expectation;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const BodyExpectation expectation = Expect(data[0]);
  absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);

  CheckContentRange(text);
  const auto wait =
      localstore::fetcher::ParseRetryAfter(text, absl::FromUnixSeconds(0));
  Require(!wait.has_value() || *wait >= absl::ZeroDuration());
  CheckLine(localstore::fetcher::Printable(text));

  ResponseHeadReader reader;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (!reader.AddLine(text.substr(0, end)).ok()) return 0;
    text.remove_prefix(end);
  }
  if (!reader.done()) return 0;
  const ResponseHead& head = reader.head();
  Require(head.status >= 200 && head.status <= 999);
  Require(head.fields.size() <= ResponseHeadReader::kMaxFields);
  Require(head.ContentLength().value_or(0) >= 0);
  CheckContentRange(head.Value("content-range"));
  CheckRecord(head);
  const bool ranged =
      head.status == 206 || (head.status == 416 && expectation.offset > 0);
  if (head.status == 200 || ranged) CheckPlan(head, expectation);
  return 0;
}
