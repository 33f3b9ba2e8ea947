// The doctor's findings, for a person and for a program.
#pragma once

#include <string>
#include <vector>

#include "client/doctor/evidence.h"
#include "client/render/style.h"
#include "google/protobuf/struct.pb.h"

namespace localstore::client {

// A finding a line, at the end what to change, most urgent first.
std::string FindingsText(const std::vector<Finding>& findings,
                         const Style& style);

// {"host":...,"healthy":...,"findings":[{"check","verdict","text","advice"}]}
google::protobuf::Struct FindingsStruct(const std::string& host,
                                        const std::vector<Finding>& findings);

// Whether there is no problem. Warnings do no harm.
bool IsHealthy(const std::vector<Finding>& findings);

}  // namespace localstore::client
