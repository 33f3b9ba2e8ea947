#include "server/requests/violations.h"

#include <algorithm>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "localstore/v1/error_reason.pb.h"

namespace localstore::server {
namespace {

std::vector<FieldViolation> ViolationsOf(const absl::Status& status,
                                         absl::string_view field) {
  std::vector<FieldViolation> result;
  const google::rpc::Status rpc_status = ToRpcStatus(status);
  for (const auto& detail : rpc_status.details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations()) {
      result.push_back({violation.field(), violation.description()});
    }
  }
  if (result.empty()) {
    result.push_back({std::string(field), std::string(status.message())});
  }
  return result;
}

}  // namespace

void Violations::Add(absl::string_view field, absl::string_view description) {
  violations_.push_back({std::string(field), std::string(description)});
  own_ = true;
}

void Violations::Merge(const absl::Status& status, absl::string_view field) {
  if (status.ok()) return;
  std::vector<FieldViolation> fresh = ViolationsOf(status, field);
  fresh.erase(std::remove_if(fresh.begin(), fresh.end(),
                             [this](const FieldViolation& violation) {
                               return Has(violation.field);
                             }),
              fresh.end());
  if (fresh.empty()) return;
  violations_.insert(violations_.end(), fresh.begin(), fresh.end());
  merged_.push_back(status);
}

bool Violations::Has(absl::string_view field) const {
  return std::any_of(violations_.begin(), violations_.end(),
                     [&](const FieldViolation& violation) {
                       return violation.field == field;
                     });
}

absl::Status Violations::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  if (own_ || merged_.empty()) return MakeBadRequest(violations_);
  if (merged_.size() == 1) return merged_.front();
  const v1::ErrorReason reason = ReasonOf(merged_.front());
  const bool same = std::all_of(
      merged_.begin(), merged_.end(),
      [&](const absl::Status& status) { return ReasonOf(status) == reason; });
  return MakeBadRequest(violations_,
                        same ? reason : v1::ERROR_REASON_INVALID_REQUEST);
}

}  // namespace localstore::server
