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

// What came from a certificate need not be UTF-8, which Protobuf strings are.
DoctorReport MakeDoctorReport(const std::string& host,
                              const std::vector<Finding>& findings) {
  DoctorReport report;
  report.set_host(Escape(host));
  report.set_healthy(IsHealthy(findings));
  for (const Finding& finding : findings) {
    DoctorFinding& told = *report.add_findings();
    told.set_check(Escape(finding.check));
    told.set_verdict(VerdictName(finding.verdict));
    told.set_text(Escape(finding.text));
    for (const std::string& advice : finding.advice) {
      told.add_advice(Escape(advice));
    }
  }
  return report;
}

}  // namespace localstore::client
