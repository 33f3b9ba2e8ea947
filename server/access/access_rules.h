// Who may call what.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "localstore/v1/config.pb.h"
#include "server/access/caller.h"
#include "server/access/caller_pattern.h"
#include "server/access/rpc_group.h"

namespace localstore::server {

class AccessRules {
 public:
  // No rule: everyone may call everything.
  AccessRules() = default;

  // `verifies_certificates`: callers can have certificates. Errors:
  // INVALID_REQUEST with all violations, at access[0].callers[1] and the like.
  static absl::StatusOr<AccessRules> Create(
      const google::protobuf::RepeatedPtrField<v1::AccessRule>& rules,
      bool verifies_certificates);

  // With a rule, nobody may call what none allows.
  bool Allow(const Caller& caller, RpcGroup group) const;

 private:
  struct Rule {
    std::vector<CallerPattern> callers;
    std::vector<RpcGroup> groups;
  };

  std::vector<Rule> rules_;
};

}  // namespace localstore::server
