// The downloads of earlier processes.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/config.pb.h"
#include "server/jobs/job_registry.h"
#include "server/jobs/job_store.h"
#include "server/rpc/settings.h"
#include "server/timer/timer.h"

namespace localstore::server {

// The store in state_dir, which must be there. Errors: INVALID_REQUEST for the
// key file; those of SqliteJobStore::Open. `timer` must outlive it.
absl::StatusOr<std::unique_ptr<JobStore>> OpenJobStore(const v1::Config& config,
                                                       Timer* timer);

// Hands every job of the store to the registry. Errors: those of
// JobStore::Load.
absl::Status RestoreJobs(JobStore& store, const Settings& settings,
                         const fetcher::ImageFetcher& fetcher,
                         JobRegistry& registry);

}  // namespace localstore::server
