#include "server/jobs/job_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"
#include "server/errors/wire_status.h"
#include "server/logging/log.h"

namespace localstore::server {

LogFields FieldsOf(const v1::Download& download) {
  return {{"download_id", download.download_id()},
          {"request_id", download.request_id()},
          {"trace_id", download.trace_id()}};
}

void LogEnd(const v1::Download& download) {
  LogFields fields = FieldsOf(download);
  const LogFields more = {
      {"state", v1::Download::State_Name(download.state()).substr(6)},
      {"datastore", download.datastore()},
      {"bridge", download.endpoint().bridge()},
      {"address", download.endpoint().address()},
      {"destination", download.destination()},
      {"bytes", absl::StrCat(download.received_bytes())},
      {"resumed_bytes", absl::StrCat(download.resumed_bytes())},
      {"attempt", absl::StrCat(download.attempt())},
  };
  fields.insert(fields.end(), more.begin(), more.end());
  if (!download.shared_with().empty()) {
    fields.emplace_back("copied_from", download.shared_with());
  }
  if (!download.has_error()) return LogInfo("download ended", fields);
  const absl::Status error = FromRpcStatus(download.error());
  fields.emplace_back("reason", ReasonName(ReasonOf(error)));
  fields.emplace_back("error", std::string(error.message()));
  download.state() == v1::Download::STATE_FAILED
      ? LogWarning("download ended", fields)
      : LogInfo("download ended", fields);
}

void LogTrouble(const v1::Download& download, const absl::Status& error) {
  LogFields fields = FieldsOf(download);
  fields.emplace_back("reason", ReasonName(ReasonOf(error)));
  fields.emplace_back("error", std::string(error.message()));
  LogWarning("download met trouble", std::move(fields));
}

}  // namespace localstore::server
