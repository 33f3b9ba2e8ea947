// What goes wrong with downloads as such.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/jobs/job.h"

namespace localstore::server {

// SHUTTING_DOWN.
absl::Status ServerShutsDown();

// DEADLINE_EXCEEDED, with what it was that took so long, where an attempt has
// failed.
absl::Status DownloadTimedOut(const Job& job);

// CANCELLED. `how` completes "was cancelled ...".
absl::Status DownloadCancelled(const Job& job, absl::string_view how);

// The download was `done` with, "cancelled", which the store has not taken down
// for the reason of `why`, whose reason it has.
absl::Status NotTakenDown(absl::string_view id, absl::string_view done,
                          const absl::Status& why);

// DOWNLOAD_NOT_FOUND.
absl::Status NoSuchDownload(absl::string_view id);

// DOWNLOAD_ACTIVE.
absl::Status DownloadNotEnded(const Job& job);

// DOWNLOAD_CONFLICT: its id was asked for with another request.
absl::Status IdTaken(const Job& job);

// DOWNLOAD_CONFLICT: it is on its way to the destination asked for.
absl::Status DestinationTaken(const Job& job);

}  // namespace localstore::server
