#include "server/jobs/job_errors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {

absl::Status ServerShutsDown() {
  return MakeError(v1::ERROR_REASON_SHUTTING_DOWN,
                   "the server is shutting down; the download goes on when it "
                   "is back");
}

absl::Status DownloadTimedOut(const Job& job) {
  std::string message =
      absl::StrCat("download ", job.id(), " did not end within its timeout of ",
                   absl::FormatDuration(job.order()->timeout));
  const v1::Download download = job.Snapshot();
  if (download.has_error()) {
    absl::StrAppend(&message,
                    "; its last attempt failed: ", download.error().message());
  }
  return MakeError(v1::ERROR_REASON_DEADLINE_EXCEEDED, message,
                   {{"download_id", job.id()}});
}

absl::Status DownloadCancelled(const Job& job, absl::string_view how) {
  return MakeError(v1::ERROR_REASON_CANCELLED,
                   absl::StrCat("download ", job.id(), " was cancelled ", how),
                   {{"download_id", job.id()}});
}

absl::Status NotTakenDown(absl::string_view id, absl::string_view done,
                          const absl::Status& why) {
  return MakeError(
      ReasonOf(why),
      absl::StrCat("download ", id, " is ", done,
                   ", but the store has not taken that down: a server that is "
                   "killed now will not know of it when it is back (",
                   std::string(why.message()), ")"),
      {{"download_id", std::string(id)}});
}

absl::Status NoSuchDownload(absl::string_view id) {
  return MakeError(v1::ERROR_REASON_DOWNLOAD_NOT_FOUND,
                   absl::StrCat("there is no download with the id \"", id,
                                "\"; it may have been removed, or forgotten "
                                "some time after it ended"),
                   {{"download_id", std::string(id)}});
}

absl::Status DownloadNotEnded(const Job& job) {
  return MakeError(
      v1::ERROR_REASON_DOWNLOAD_ACTIVE,
      absl::StrCat("download ", job.id(), " has not ended; cancel it first"),
      {{"download_id", job.id()}});
}

absl::Status IdTaken(const Job& job) {
  return MakeError(
      v1::ERROR_REASON_DOWNLOAD_CONFLICT,
      absl::StrCat("the id \"", job.id(),
                   "\" belongs to a download of another request (to \"",
                   job.destination(),
                   "\"); repeat that request to attach to it, or choose "
                   "another id"),
      {{"download_id", job.id()}, {"destination", job.destination()}});
}

absl::Status DestinationTaken(const Job& job) {
  return MakeError(
      v1::ERROR_REASON_DOWNLOAD_CONFLICT,
      absl::StrCat("download ", job.id(), " is on its way to \"",
                   job.destination(),
                   "\"; attach to it by its id, cancel it, or choose another "
                   "destination"),
      {{"download_id", job.id()}, {"destination", job.destination()}});
}

}  // namespace localstore::server
