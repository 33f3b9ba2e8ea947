#include "fetcher/source_attempt.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fetcher/credentials.h"
#include "fetcher/monotonic_clock.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/redirect_target.h"
#include "fetcher/retry_policy.h"
#include "fetcher/transfer_watch.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr int kMaxRedirects = 5;

// How far a try came that ended with this error: the error of the one that came
// furthest says most.
int Reach(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case v1::ERROR_REASON_CONNECT_FAILED:
      return 0;
    case v1::ERROR_REASON_STALLED:
      return 1;
    case v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN:
    case v1::ERROR_REASON_TLS_IDENTITY_MISMATCH:
    case v1::ERROR_REASON_TLS_EXPIRED:
    case v1::ERROR_REASON_TLS_FAILED:
      return 2;
    default:
      return 3;
  }
}

// The host has said what it has to say: it would say the same at its other
// addresses.
bool IsAnswer(const absl::Status& status) {
  const v1::ErrorReason reason = ReasonOf(status);
  return reason == v1::ERROR_REASON_HTTP_STATUS ||
         reason == v1::ERROR_REASON_REDIRECT_REFUSED ||
         reason == v1::ERROR_REASON_SIZE_MISMATCH ||
         reason == v1::ERROR_REASON_TOO_LARGE || IsAnnouncedNoSpace(status);
}

// Another endpoint would not help.
bool IsLocal(const absl::Status& status) {
  const v1::ErrorReason reason = ReasonOf(status);
  return (reason == v1::ERROR_REASON_NO_SPACE && !IsAnnouncedNoSpace(status)) ||
         reason == v1::ERROR_REASON_STORAGE_FAILED ||
         reason == v1::ERROR_REASON_INTERNAL;
}

std::string ByName(const DatastoreUrl& url, int port) {
  const bool usual = port == (url.is_https() ? 443 : 80);
  return absl::StrCat(url.scheme(), "://", url.host(),
                      usual ? "" : absl::StrCat(":", port),
                      url.RequestTarget());
}

}  // namespace

absl::Status SourceAttempt::Run(bool fresh) {
  absl::StatusOr<DatastoreUrl> url = DatastoreUrl::Parse(source_.url, "url");
  if (!url.ok()) return url.status();
  asked_ = *url;
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    absl::StatusOr<Next> next = RunAt(*url, fresh);
    if (!next.ok()) return next.status();
    if (!next->has_value()) return absl::OkStatus();
    url = **next;
  }
  return MakeError(v1::ERROR_REASON_REDIRECT_REFUSED,
                   absl::StrCat("datastore redirects ", asked_->Redacted(),
                                " more than ", kMaxRedirects, " times"),
                   {{"url", asked_->Redacted()}});
}

absl::StatusOr<SourceAttempt::Next> SourceAttempt::RunAt(
    const DatastoreUrl& url, bool fresh) {
  download_.gate.Observe([](FetchObserver& o) { o.OnResolving(); });
  query_ = EndpointSource::Query();
  query_.host = url.host();
  if (url.named_port() == 0) query_.scheme = std::string(url.scheme());
  query_.bridges = download_.request.bridges;
  query_.fresh = fresh;
  Cancellation& cancellation = download_.gate.cancellation();
  absl::StatusOr<std::vector<Endpoint>> found =
      download_.fetcher.endpoints.Find(query_, cancellation);
  if (!cancellation.status().ok()) return cancellation.status();
  if (!found.ok()) return found.status();
  found_ = {*std::move(found), MonotonicNow()};
  TrySilentOnesLast();
  return RunOnAny(url);
}

absl::StatusOr<SourceAttempt::Next> SourceAttempt::RunOnAny(
    const DatastoreUrl& url) {
  absl::Status furthest = MakeError(
      v1::ERROR_REASON_NO_USABLE_ADDRESS,
      absl::StrCat("no endpoint for ", url.host()), {{"host", url.host()}});
  const Endpoint* reached = nullptr;  // whose error that is
  const Endpoint* tried = nullptr;    // the last one
  std::set<std::string> answered;     // bridges
  for (const Endpoint& endpoint : found_.endpoints) {
    if (answered.count(endpoint.bridge) > 0) continue;
    tried = &endpoint;
    const int64_t received_before = received_;
    absl::StatusOr<Next> next = RunOn(url, endpoint);
    if (next.ok() || received_ > received_before || IsLocal(next.status()) ||
        moved_ || !download_.gate.cancellation().status().ok()) {
      return next;
    }
    if (IsAnswer(next.status())) answered.insert(endpoint.bridge);
    if (reached == nullptr || Reach(next.status()) > Reach(furthest)) {
      furthest = next.status();
      reached = &endpoint;
    }
  }
  if (reached != tried) TellEndpoint(url, *reached);
  return furthest;
}

void SourceAttempt::TellEndpoint(const DatastoreUrl& url,
                                 const Endpoint& endpoint) {
  const absl::StatusOr<std::string> effective_url =
      url.WithAddress(endpoint.address, url.PortOr(endpoint.service_port));
  if (!effective_url.ok()) return;
  download_.gate.Observe([&](FetchObserver& observer) {
    observer.OnConnecting(endpoint, *effective_url);
  });
}

absl::StatusOr<SourceAttempt::Next> SourceAttempt::RunOn(
    const DatastoreUrl& url, const Endpoint& endpoint) {
  while (true) {
    absl::StatusOr<HttpRequest> request = MakeRequest(url, endpoint);
    if (!request.ok()) return request.status();
    ImageReceiver receiver(
        &download_, WantedFrom(url), request->peer,
        MayContinueFrom(url) ? download_.sink.position() : 0);
    absl::Status status = Transfer(receiver, *std::move(request));
    received_ += receiver.received();
    if (!status.ok()) return status;
    switch (receiver.outcome()) {
      case ImageReceiver::Outcome::kWhole:
        return Next();
      case ImageReceiver::Outcome::kFailed:
        return receiver.status();
      case ImageReceiver::Outcome::kRedirect: {
        absl::StatusOr<DatastoreUrl> target =
            ResolveRedirect(url, receiver.location());
        if (!target.ok()) return target.status();
        return Next(*std::move(target));
      }
      case ImageReceiver::Outcome::kAskAnew:
        // Without a range it cannot come to this again.
        download_.sink.Restart();
        download_.held = ResumeRecord();
        break;
      case ImageReceiver::Outcome::kPart:
        break;
    }
  }
}

WantedImage SourceAttempt::WantedFrom(const DatastoreUrl& url) const {
  if (url == *asked_) return wanted_;
  return {Sha256Hex(url.ToString()), wanted_.sha256};
}

bool SourceAttempt::MayContinueFrom(const DatastoreUrl& url) const {
  return download_.sink.position() > 0 &&
         MayContinue(download_.held, WantedFrom(url));
}

absl::StatusOr<HttpRequest> SourceAttempt::MakeRequest(
    const DatastoreUrl& url, const Endpoint& endpoint) {
  const ImageFetcher::Options& options = download_.fetcher.options;
  const int port = url.PortOr(endpoint.service_port);
  absl::StatusOr<std::string> effective_url =
      url.WithAddress(endpoint.address, port);
  if (!effective_url.ok()) return effective_url.status();
  TellEndpoint(url, endpoint);
  HttpRequest request;
  request.url = source_.access.tls_identity == TlsIdentity::kHostName
                    ? ByName(url, port)
                    : *effective_url;
  request.peer = {url.host(), endpoint.address, port, endpoint.bridge};
  request.endpoint = endpoint;
  // The digest is of the image, not of what a coding makes of it.
  request.fields = {"Accept-Encoding: identity"};
  if (MayContinueFrom(url)) {
    for (std::string& field : RangeFields(download_.held, WantedFrom(url),
                                          download_.sink.position())) {
      request.fields.push_back(std::move(field));
    }
  }
  const absl::string_view authorization =
      AuthorizationFor(source_.access, *asked_, url);
  if (!authorization.empty()) {
    request.fields.push_back(absl::StrCat("Authorization: ", authorization));
  }
  request.user_agent = options.user_agent;
  request.connect_timeout = options.connect_timeout;
  request.stall = {options.stall_timeout, options.min_bytes_per_second,
                   options.stall_window};
  request.limiters = {&download_.limiter, &download_.fetcher.limiter};
  if (url.is_https()) {
    TlsPolicy::Options tls;
    tls.allow_system_roots = options.allow_system_roots;
    // What was asked for has been checked; behind a redirect from http there
    // may be none, and then no certificate is trusted.
    tls.require_trust = false;
    absl::StatusOr<std::shared_ptr<const TlsPolicy>> policy =
        TlsPolicy::Create(source_.access, "", tls);
    if (!policy.ok()) return policy.status();
    request.tls_policy = *std::move(policy);
    request.tls_peer = {url.host(), endpoint.address, port, endpoint.bridge,
                        SameOrigin(*asked_, url)};
  }
  return request;
}

absl::Status SourceAttempt::Transfer(ImageReceiver& receiver,
                                     HttpRequest request) {
  absl::StatusOr<std::unique_ptr<HttpTransfer>> transfer =
      HttpTransfer::Create(std::move(request), &receiver);
  if (!transfer.ok()) return transfer.status();
  download_.signals.Clear(Signals::kTransferEnded);
  const Peer peer = transfer->get()->peer();
  const Endpoint dialled = transfer->get()->endpoint();
  TransferLoop& loop = download_.fetcher.loop;
  Cancellation& cancellation = download_.gate.cancellation();
  TransferWatch watch(
      {query_, found_, dialled,
       [&transfer] { return (*transfer)->SilentFor(); }, &receiver.ended()},
      &download_.fetcher.endpoints, &download_.signals, &cancellation);
  loop.Add(transfer->get());
  const TransferWatch::End end = watch.Await();
  // Also when it has ended: the loop may still be in its last callback.
  loop.Remove(transfer->get());
  switch (end) {
    case TransferWatch::End::kEnded:
      if (ReasonOf(receiver.status()) == v1::ERROR_REASON_STALLED) {
        NoteSilent(dialled);
      }
      return absl::OkStatus();
    case TransferWatch::End::kCancelled:
      return cancellation.status();
    case TransferWatch::End::kMoved:
      break;
  }
  moved_ = true;
  NoteSilent(dialled);
  return MakeError(v1::ERROR_REASON_CONNECT_FAILED,
                   absl::StrCat(peer.Describe(),
                                " fell silent, and its host has another "
                                "address now"),
                   peer.Metadata());
}

void SourceAttempt::NoteSilent(const Endpoint& endpoint) {
  std::vector<Endpoint>& silent = download_.silent;
  silent.erase(std::remove_if(silent.begin(), silent.end(),
                              [&](const Endpoint& other) {
                                return SameEndpoint(endpoint, other);
                              }),
               silent.end());
  silent.push_back(endpoint);
}

void SourceAttempt::TrySilentOnesLast() {
  const std::vector<Endpoint>& silent = download_.silent;
  const auto rank = [&silent](const Endpoint& endpoint) {
    const auto same = [&](const Endpoint& other) {
      return SameEndpoint(endpoint, other);
    };
    const auto found = std::find_if(silent.rbegin(), silent.rend(), same);
    return silent.rend() - found;
  };
  std::stable_sort(found_.endpoints.begin(), found_.endpoints.end(),
                   [&rank](const Endpoint& a, const Endpoint& b) {
                     return rank(a) < rank(b);
                   });
}

}  // namespace localstore::fetcher
