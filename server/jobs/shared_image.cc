#include "server/jobs/shared_image.h"

#include <algorithm>
#include <string>

namespace localstore::server {
namespace {

bool HasOtherSource(const fetcher::FetchRequest& of,
                    const fetcher::FetchRequest& than) {
  return std::any_of(of.sources.begin(), of.sources.end(),
                     [&](const fetcher::ImageSource& source) {
                       return std::none_of(
                           than.sources.begin(), than.sources.end(),
                           [&](const fetcher::ImageSource& other) {
                             return other.url == source.url;
                           });
                     });
}

}  // namespace

bool BringsImageFor(const Job& running, const Job& waiting) {
  if (waiting.sha256().empty() || running.sha256() != waiting.sha256()) {
    return false;
  }
  return !running.backing_off() ||
         !HasOtherSource(waiting.order()->fetch, running.order()->fetch);
}

absl::StatusOr<fetcher::FetchResult> FetchOrCopy(
    Job& job, const std::vector<std::shared_ptr<Job>>& copies,
    fetcher::ImageFetcher& fetcher) {
  fetcher::FetchRequest request = job.order()->fetch;
  for (const auto& copy : copies) {
    request.local_copies.push_back(copy->destination());
  }
  (void)job.SetSharedWith(copies.empty() ? "" : copies.front()->id());
  job.Begin();
  auto result = fetcher.Fetch(request, job, job.cancellation());
  if (!result.ok()) return result;
  std::string shared_with;
  for (const auto& copy : copies) {
    if (copy->destination() == result->copied_from) shared_with = copy->id();
  }
  (void)job.SetSharedWith(shared_with);
  return result;
}

}  // namespace localstore::server
