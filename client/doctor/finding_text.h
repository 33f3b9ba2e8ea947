// The doctor's findings, for a person and for a program.
#pragma once

#include <string>
#include <vector>

#include "client/doctor/doctor_report.pb.h"
#include "client/doctor/evidence.h"
#include "client/render/style.h"

namespace localstore::client {

// A finding a line, at the end what to change, most urgent first.
std::string FindingsText(const std::vector<Finding>& findings,
                         const Style& style);

DoctorReport MakeDoctorReport(const std::string& host,
                              const std::vector<Finding>& findings);

// Whether there is no problem. Warnings do no harm.
bool IsHealthy(const std::vector<Finding>& findings);

}  // namespace localstore::client
