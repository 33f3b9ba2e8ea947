// A fetcher, and an observer of fetches, that pass everything on: to be derived
// from by who wants to see some of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "fetcher/image_fetcher.h"

namespace localstore::server {

class ForwardingObserver : public fetcher::FetchObserver {
 public:
  explicit ForwardingObserver(fetcher::FetchObserver& inner) : inner_(inner) {}

  void OnAttempt(int attempt, const fetcher::ImageSource& source) override {
    inner_.OnAttempt(attempt, source);
  }
  void OnResolving() override { inner_.OnResolving(); }
  void OnConnecting(const fetcher::Endpoint& endpoint,
                    const std::string& effective_url) override {
    inner_.OnConnecting(endpoint, effective_url);
  }
  void OnTransferring(int64_t total_bytes, int64_t resumed_bytes,
                      const std::string& content_type) override {
    inner_.OnTransferring(total_bytes, resumed_bytes, content_type);
  }
  void OnProgress(int64_t received_bytes) override {
    inner_.OnProgress(received_bytes);
  }
  void OnVerifying() override { inner_.OnVerifying(); }
  void OnAttemptFailed(const absl::Status& error) override {
    inner_.OnAttemptFailed(error);
  }
  void OnTrouble(const absl::Status& error) override {
    inner_.OnTrouble(error);
  }
  void OnWaiting(const absl::Status& error, absl::Duration delay) override {
    inner_.OnWaiting(error, delay);
  }

 private:
  fetcher::FetchObserver& inner_;
};

class ForwardingFetcher : public fetcher::ImageFetcher {
 public:
  explicit ForwardingFetcher(std::unique_ptr<fetcher::ImageFetcher> inner)
      : inner_(std::move(inner)) {}

  absl::Status Validate(const fetcher::FetchRequest& request) const override {
    return inner_->Validate(request);
  }
  absl::StatusOr<fetcher::FetchResult> Fetch(
      const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
      fetcher::Cancellation& cancellation) override {
    return inner_->Fetch(request, observer, cancellation);
  }
  absl::Status DiscardPartial(const std::string& destination) override {
    return inner_->DiscardPartial(destination);
  }
  absl::StatusOr<bool> DiscardPartialIf(
      const std::string& destination,
      const std::function<bool()>& condition) override {
    return inner_->DiscardPartialIf(destination, condition);
  }
  bool Responds(absl::Duration patience) override {
    return inner_->Responds(patience);
  }

 private:
  const std::unique_ptr<fetcher::ImageFetcher> inner_;
};

}  // namespace localstore::server
