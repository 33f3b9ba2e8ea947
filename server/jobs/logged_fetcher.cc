#include "server/jobs/logged_fetcher.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "fetcher/datastore_url.h"
#include "protos/errors/error.h"
#include "server/logging/log.h"
#include "server/logging/log_context.h"

namespace localstore::server {
namespace {

std::string HostOf(const std::string& url) {
  const auto parsed = fetcher::DatastoreUrl::Parse(url, "url");
  return parsed.ok() ? parsed->host() : "";
}

class AttemptLog : public ForwardingObserver {
 public:
  AttemptLog(fetcher::FetchObserver& observer, LogFields context)
      : ForwardingObserver(observer), context_(std::move(context)) {}

  void OnAttempt(int attempt, const fetcher::ImageSource& source) override {
    attempt_ = {{"attempt", absl::StrCat(attempt)},
                {"host", HostOf(source.url)},
                {"datastore", source.datastore}};
    began_ = false;
    ForwardingObserver::OnAttempt(attempt, source);
  }
  void OnConnecting(const fetcher::Endpoint& endpoint,
                    const std::string& effective_url) override {
    endpoint_ = {{"bridge", endpoint.bridge}, {"peer", endpoint.address}};
    if (IsLogged(LogLevel::kDebug)) LogDebug("connecting", Fields({}));
    ForwardingObserver::OnConnecting(endpoint, effective_url);
  }
  void OnTransferring(int64_t total_bytes, int64_t resumed_bytes,
                      const std::string& content_type) override {
    // There are more calls where the image comes in several ranges.
    if (!std::exchange(began_, true)) {
      LogInfo("transfer began",
              Fields({{"total_bytes", absl::StrCat(total_bytes)},
                      {"resumed_bytes", absl::StrCat(resumed_bytes)}}));
    }
    ForwardingObserver::OnTransferring(total_bytes, resumed_bytes,
                                       content_type);
  }
  void OnAttemptFailed(const absl::Status& error) override {
    LogWarning("attempt failed", Fields(ErrorFields(error)));
    endpoint_.clear();
    ForwardingObserver::OnAttemptFailed(error);
  }
  void OnWaiting(const absl::Status& error, absl::Duration delay) override {
    LogInfo("waiting for the next attempt",
            Fields({{"delay", absl::FormatDuration(delay)}}));
    ForwardingObserver::OnWaiting(error, delay);
  }

 private:
  static LogFields ErrorFields(const absl::Status& error) {
    return {{"reason", ReasonName(ReasonOf(error))},
            {"error", std::string(error.message())}};
  }

  LogFields Fields(LogFields own) const {
    for (const LogFields* more : {&attempt_, &endpoint_, &context_}) {
      own.insert(own.end(), more->begin(), more->end());
    }
    return own;
  }

  const LogFields context_;
  LogFields attempt_;
  LogFields endpoint_;
  bool began_ = false;  // the attempt's transfer
};

}  // namespace

absl::StatusOr<fetcher::FetchResult> LoggedFetcher::Fetch(
    const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
    fetcher::Cancellation& cancellation) {
  LogFields context;
  LogContext::AddTo(context);
  AttemptLog log(observer, std::move(context));
  return ForwardingFetcher::Fetch(request, log, cancellation);
}

}  // namespace localstore::server
