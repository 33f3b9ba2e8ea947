// All that is wrong with a request, said at once.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "protos/errors/error.h"

namespace localstore::server {

class Violations {
 public:
  // `field` is the path in the request: "datastores[0].fqdn".
  void Add(absl::string_view field, absl::string_view description);

  // Adds the violations of an error made elsewhere; those of fields that have
  // one already are left out. OK adds nothing. An error without violations
  // counts as one of `field`.
  void Merge(const absl::Status& status, absl::string_view field);

  bool empty() const { return violations_.empty(); }
  bool Has(absl::string_view field) const;

  // OK if there are none. When all came by Merge with one reason, it is that
  // reason; else INVALID_REQUEST.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldViolation> violations_;
  bool own_ = false;                  // some came by Add
  std::vector<absl::Status> merged_;  // that brought some
};

}  // namespace localstore::server
