#include "fetcher/body_plan.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fetcher/http/content_range.h"
#include "fetcher/http/printable.h"
#include "fetcher/resume_policy.h"
#include "fetcher/size_limits.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr int kPartialContent = 206;
constexpr int kRangeNotSatisfiable = 416;

absl::Status ProtocolError(absl::string_view message) {
  return MakeError(v1::ERROR_REASON_HTTP_PROTOCOL, message);
}

absl::Status CheckBody(const ResponseHead& head) {
  if (!head.HasValidLength()) {
    return ProtocolError("the image comes with a Content-Length that is none");
  }
  if (!head.HasKnownCoding()) {
    return ProtocolError(
        absl::StrCat("the image comes with Transfer-Encoding \"",
                     Printable(head.Value("transfer-encoding"), 64),
                     "\", and only \"chunked\" can be undone here"));
  }
  const std::string coding = head.Value("content-encoding");
  if (coding.empty() || absl::EqualsIgnoreCase(coding, "identity")) {
    return absl::OkStatus();
  }
  return ProtocolError(absl::StrCat(
      "the image comes with Content-Encoding \"", Printable(coding, 64),
      "\", which was not asked for; switch compression off for images in the "
      "App's web server"));
}

BodyPlan AskAnew(absl::string_view why) {
  BodyPlan plan;
  plan.action = BodyPlan::Action::kAskAnew;
  plan.why = std::string(why);
  return plan;
}

absl::StatusOr<BodyPlan> PlanWhole(const ResponseHead& head,
                                   const BodyExpectation& expectation) {
  BodyPlan plan;
  plan.total_bytes = plan.end = head.ContentLength();
  plan.action = expectation.offset > 0 ? BodyPlan::Action::kRestart
                                       : BodyPlan::Action::kAppend;
  if (plan.total_bytes.has_value()) {
    absl::Status status = CheckTotal(*plan.total_bytes, expectation.size_bytes,
                                     expectation.max_size_bytes);
    if (!status.ok()) return status;
  } else if (!head.HasMarkedEnd() && !expectation.has_digest &&
             expectation.size_bytes == 0) {
    return ProtocolError(
        "the image comes without a length, so that its end and a broken "
        "connection look the same; give its sha256 or size_bytes, or have the "
        "App's web server send Content-Length");
  }
  return plan;
}

absl::StatusOr<BodyPlan> PlanRange(const ResponseHead& head,
                                   const BodyExpectation& expectation) {
  const int64_t offset = expectation.offset;
  if (offset == 0) {
    return ProtocolError(
        "a part of the image (206) was sent where the whole was asked for");
  }
  // multipart/byteranges has no Content-Range in its head (RFC 9110, 15.3.7.2).
  const absl::optional<ContentRange> range =
      ParseContentRange(head.Value("content-range"));
  if (!range.has_value() || !range->bounds.has_value()) {
    return AskAnew("206 without a usable Content-Range");
  }
  if (range->bounds->first != offset) {
    return AskAnew("206 with another range than asked for");
  }
  BodyPlan plan;
  plan.end = range->bounds->last + 1;
  if (head.ContentLength().value_or(*plan.end - offset) != *plan.end - offset) {
    return AskAnew("206 whose Content-Length contradicts its Content-Range");
  }
  plan.total_bytes = range->complete_length;
  const int64_t held_total = expectation.held.total_bytes;
  if (held_total > 0 && plan.total_bytes.value_or(held_total) != held_total) {
    return AskAnew("the image's size has changed");
  }
  if (expectation.same_source && IsOtherVersion(expectation.held, head)) {
    return AskAnew("the image has changed");
  }
  // Where nothing else tells, the answer must (RFC 9110, section 15.3.7).
  if (!expectation.has_digest && !expectation.held.etag.empty() &&
      !head.Has("etag")) {
    return AskAnew("206 without the image's ETag");
  }
  if (!plan.total_bytes.has_value() && held_total > 0) {
    plan.total_bytes = held_total;
  }
  if (*plan.end > plan.total_bytes.value_or(*plan.end)) {
    return AskAnew("206 that goes on behind the image's end");
  }
  if (plan.total_bytes.has_value()) {
    absl::Status status = CheckTotal(*plan.total_bytes, expectation.size_bytes,
                                     expectation.max_size_bytes);
    if (!status.ok()) return status;
  } else if (!expectation.has_digest && expectation.size_bytes == 0) {
    // The range may end before the image does (RFC 9110, 15.3.7).
    return AskAnew("206 that does not tell the image's size");
  }
  return plan;
}

absl::StatusOr<BodyPlan> PlanUnsatisfiable(const ResponseHead& head,
                                           const BodyExpectation& expectation) {
  const absl::optional<ContentRange> range =
      ParseContentRange(head.Value("content-range"));
  const int64_t held_total = expectation.held.total_bytes;
  if (!range.has_value() || range->complete_length != expectation.offset ||
      (held_total > 0 && held_total != expectation.offset)) {
    return AskAnew("416: the image is shorter than what was received of it");
  }
  if (expectation.same_source && IsOtherVersion(expectation.held, head)) {
    return AskAnew("416: the image has changed");
  }
  absl::Status status = CheckTotal(expectation.offset, expectation.size_bytes,
                                   expectation.max_size_bytes);
  if (!status.ok()) return status;
  BodyPlan plan;
  plan.action = BodyPlan::Action::kComplete;
  plan.total_bytes = expectation.offset;
  return plan;
}

}  // namespace

absl::StatusOr<BodyPlan> PlanBody(const ResponseHead& head,
                                  const BodyExpectation& expectation) {
  if (head.status == kRangeNotSatisfiable) {
    return PlanUnsatisfiable(head, expectation);
  }
  absl::Status status = CheckBody(head);
  if (!status.ok()) return status;
  return head.status == kPartialContent ? PlanRange(head, expectation)
                                        : PlanWhole(head, expectation);
}

}  // namespace localstore::fetcher
