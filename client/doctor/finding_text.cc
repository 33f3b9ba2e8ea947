#include "client/doctor/finding_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/render/terminal_text.h"

namespace localstore::client {
namespace {

Colour ColourOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return Colour::kGreen;
    case Verdict::kWarning:
      return Colour::kYellow;
    case Verdict::kProblem:
      return Colour::kRed;
    case Verdict::kSkipped:
      break;
  }
  return Colour::kDim;
}

// Problems' advice before warnings', each piece once.
std::vector<std::string> AllAdvice(const std::vector<Finding>& findings) {
  std::vector<std::string> all;
  for (const Verdict verdict : {Verdict::kProblem, Verdict::kWarning}) {
    for (const Finding& finding : findings) {
      if (finding.verdict != verdict) continue;
      for (const std::string& advice : finding.advice) {
        if (std::find(all.begin(), all.end(), advice) == all.end()) {
          all.push_back(advice);
        }
      }
    }
  }
  return all;
}

google::protobuf::Value StringValue(const std::string& text) {
  google::protobuf::Value value;
  value.set_string_value(text);
  return value;
}

google::protobuf::Struct FindingStruct(const Finding& finding) {
  google::protobuf::Struct result;
  auto& fields = *result.mutable_fields();
  // What came from a certificate need not be UTF-8, which JSON is.
  fields["check"] = StringValue(Escape(finding.check));
  fields["verdict"] = StringValue(VerdictName(finding.verdict));
  fields["text"] = StringValue(Escape(finding.text));
  auto& advice = *fields["advice"].mutable_list_value();
  for (const std::string& text : finding.advice) {
    *advice.add_values() = StringValue(Escape(text));
  }
  return result;
}

}  // namespace

bool IsHealthy(const std::vector<Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) {
                        return finding.verdict == Verdict::kProblem;
                      });
}

std::string FindingsText(const std::vector<Finding>& findings,
                         const Style& style) {
  constexpr size_t kVerdictWidth = 7;
  std::string out;
  for (const Finding& finding : findings) {
    absl::StrAppend(
        &out,
        style.Paint(ColourOf(finding.verdict),
                    Pad(VerdictName(finding.verdict), kVerdictWidth)),
        "  ", style.Safe(finding.check), ": ", style.Safe(finding.text), "\n");
  }
  const std::vector<std::string> advice = AllAdvice(findings);
  if (advice.empty()) return absl::StrCat(out, "\nNothing to change.\n");
  absl::StrAppend(
      &out, "\n",
      style.Paint(Colour::kBold, IsHealthy(findings) ? "What could be changed:"
                                                     : "What to change:"),
      "\n");
  for (const std::string& text : advice) {
    absl::StrAppend(&out, "- ", style.Safe(text), "\n");
  }
  return out;
}

google::protobuf::Struct FindingsStruct(const std::string& host,
                                        const std::vector<Finding>& findings) {
  google::protobuf::Struct result;
  auto& fields = *result.mutable_fields();
  fields["host"] = StringValue(Escape(host));
  fields["healthy"].set_bool_value(IsHealthy(findings));
  auto& list = *fields["findings"].mutable_list_value();
  for (const Finding& finding : findings) {
    *list.add_values()->mutable_struct_value() = FindingStruct(finding);
  }
  return result;
}

}  // namespace localstore::client
