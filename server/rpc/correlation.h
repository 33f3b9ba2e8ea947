// What ties a call to the work of others that it is part of.
#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/support/string_ref.h"

namespace localstore::server {

// The caller's "x-request-id", and what the answer's metadata has it back as.
constexpr char kRequestIdKey[] = "x-request-id";

struct Correlation {
  std::string request_id;  // never empty
  std::string trace_id;    // 32 lower-case hex digits, or ""
};

// Of a call's metadata. A request id is 1 to 128 letters, digits and ./:_=+@-
// and is made up where there is none, or one that is none. The trace id is that
// of a well-formed "traceparent" (W3C Trace Context, section 3.2).
Correlation CorrelationOf(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata);

// "" for what is no traceparent.
std::string TraceIdOf(absl::string_view traceparent);

}  // namespace localstore::server
