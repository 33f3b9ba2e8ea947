// Any bytes as a request, the first of them saying which: it is refused with
// one reason, or what it orders keeps within the bounds that the rest relies
// on.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/local_datastore.pb.h"
#include "protos/errors/error.h"
#include "server/requests/download_request.h"
#include "server/requests/job_requests.h"
#include "server/requests/unreadable_request.h"

namespace {

using localstore::server::CheckRequest;

void Require(bool holds) {
  if (!holds) std::abort();
}

// A refusal has exactly one reason, and no more than a client can read.
void RequireRefusal(const absl::Status& status) {
  Require(localstore::ReasonOf(status) !=
          localstore::v1::ERROR_REASON_UNSPECIFIED);
  Require(status.message().size() < (1U << 20));
}

// Takes whatever the checks before it let pass.
class AnyFetcher : public localstore::fetcher::ImageFetcher {
 public:
  absl::Status Validate(
      const localstore::fetcher::FetchRequest& request) const override {
    Require(!request.sources.empty() && !request.destination.empty());
    return absl::OkStatus();
  }
  absl::StatusOr<localstore::fetcher::FetchResult> Fetch(
      const localstore::fetcher::FetchRequest& /*request*/,
      localstore::fetcher::FetchObserver& /*observer*/,
      localstore::fetcher::Cancellation& /*cancellation*/) override {
    std::abort();
  }
  absl::Status DiscardPartial(const std::string& /*destination*/) override {
    std::abort();
  }
  absl::StatusOr<bool> DiscardPartialIf(
      const std::string& /*destination*/,
      const std::function<bool()>& /*condition*/) override {
    std::abort();
  }
};

template <typename Request, typename Check>
void Try(absl::string_view bytes, const Check& check) {
  Request request;
  if (request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    check(request);
  } else {
    RequireRefusal(
        localstore::server::DescribeUnreadable(*Request::descriptor(), bytes));
  }
}

void Download(const localstore::v1::DownloadRequest& request) {
  static AnyFetcher* const fetcher = new AnyFetcher();
  static const auto* const catalog = new localstore::server::DatastoreCatalog();
  localstore::server::DownloadRules rules;
  rules.fetcher = fetcher;
  rules.catalog = catalog;
  const auto order = localstore::server::MakeDownloadOrder(request, rules);
  if (!order.ok()) return RequireRefusal(order.status());
  Require(!order->request.download_id().empty());
  Require(!order->fetch.destination.empty());
  Require(order->fetch.sha256.empty() || order->fetch.sha256.size() == 64);
  Require(order->timeout > absl::ZeroDuration());
  Require(localstore::server::ProgressInterval(order->request) >=
          localstore::server::kShortestProgressInterval);
  // What was taken is taken again after a restart.
  Require(localstore::server::MakeDownloadOrder(order->request, rules).ok());
}

void Status(const localstore::v1::StatusRequest& request) {
  const auto order = localstore::server::MakeStatusOrder(request);
  if (!order.ok()) return RequireRefusal(order.status());
  Require(order->page_size > 0 && order->page_size <= 1000);
}

void Watch(const localstore::v1::WatchRequest& request) {
  const auto ids = localstore::server::WatchedIds(request);
  if (!ids.ok()) RequireRefusal(ids.status());
}

template <typename Request>
void CheckOnly(const Request& request) {
  const absl::Status status = CheckRequest(request);
  if (!status.ok()) RequireRefusal(status);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace v1 = localstore::v1;
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  switch (data[0] % 5) {
    case 0:
      Try<v1::DownloadRequest>(bytes, Download);
      break;
    case 1:
      Try<v1::StatusRequest>(bytes, Status);
      break;
    case 2:
      Try<v1::WatchRequest>(bytes, Watch);
      break;
    case 3:
      Try<v1::CancelRequest>(bytes, CheckOnly<v1::CancelRequest>);
      break;
    default:
      Try<v1::RemoveRequest>(bytes, CheckOnly<v1::RemoveRequest>);
  }
  return 0;
}
