#include "server/daemon/job_restore.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "server/jobs/download_state.h"
#include "server/requests/download_request.h"
#include "server/secrets/key_file.h"
#include "server/secrets/secret_box.h"
#include "server/store/sqlite_job_store.h"

namespace localstore::server {
namespace {

absl::Status CredentialsNeeded(const v1::DownloadRequest& request) {
  return MakeError(v1::ERROR_REASON_CREDENTIALS_NEEDED,
                   absl::StrCat("the server was started again and does not "
                                "have the credentials of download ",
                                request.download_id(),
                                " any more; repeat the request with them"),
                   {{"download_id", request.download_id()}});
}

void RestoreJob(StoredJob stored, const DownloadRules& rules,
                JobRegistry& registry) {
  absl::Status obstacle;
  if (!HasEnded(stored.download)) {
    absl::StatusOr<DownloadOrder> order =
        stored.secrets_missing ? CredentialsNeeded(stored.request)
                               : MakeDownloadOrder(stored.request, rules);
    if (order.ok()) {
      return registry.Restore(*std::move(order), std::move(stored),
                              absl::OkStatus());
    }
    obstacle = order.status();
  }
  DownloadOrder past = MakePastOrder(std::move(stored.request));
  registry.Restore(std::move(past), std::move(stored), obstacle);
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobStore>> OpenJobStore(const v1::Config& config,
                                                       Timer* timer) {
  SqliteJobStore::Options options;
  options.timer = timer;
  options.path = absl::StrCat(config.state_dir(), "/jobs.db");
  if (config.credential_storage() == "encrypted") {
    const auto key = LoadOrMakeKey(config.credential_key_file());
    if (!key.ok()) return key.status();
    options.secret_box = std::make_unique<SecretBox>(*key);
  }
  auto store = SqliteJobStore::Open(std::move(options));
  if (!store.ok()) return store.status();
  return std::unique_ptr<JobStore>(*std::move(store));
}

absl::Status RestoreJobs(JobStore& store, const Settings& settings,
                         const fetcher::ImageFetcher& fetcher,
                         JobRegistry& registry) {
  DownloadRules rules;
  rules.fetcher = &fetcher;
  rules.catalog = &settings.catalog;
  rules.max_image_bytes = settings.max_image_bytes;
  // Nothing runs before the store is known to be readable.
  std::vector<StoredJob> unfinished;
  const absl::StatusOr<uint64_t> last = store.Load([&](StoredJob stored) {
    if (HasEnded(stored.download)) {
      RestoreJob(std::move(stored), rules, registry);
    } else {
      unfinished.push_back(std::move(stored));
    }
  });
  if (!last.ok()) return last.status();
  registry.NumberAfter(*last);
  std::sort(unfinished.begin(), unfinished.end(),
            [](const StoredJob& a, const StoredJob& b) {
              return a.sequence < b.sequence;
            });
  for (StoredJob& stored : unfinished) {
    RestoreJob(std::move(stored), rules, registry);
  }
  return absl::OkStatus();
}

}  // namespace localstore::server
