#include "server/rpc/local_datastore_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "protos/errors/error.h"
#include "server/access/call_identity.h"
#include "server/access/caller.h"
#include "server/convert/resolution.h"
#include "server/convert/time.h"
#include "server/errors/grpc_status.h"
#include "server/logging/log.h"
#include "server/logging/log_context.h"
#include "server/requests/download_request.h"
#include "server/requests/job_requests.h"
#include "server/requests/resolve_request.h"
#include "server/rpc/browse_stream.h"
#include "server/rpc/cancel_call.h"
#include "server/rpc/correlation.h"
#include "server/rpc/download_stream.h"
#include "server/rpc/pull_stream.h"
#include "server/rpc/received.h"
#include "server/rpc/resolve_call.h"
#include "server/rpc/watch_stream.h"
#include "version/version.h"

namespace localstore::server {
namespace {

absl::Duration TimeLeft(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return absl::InfiniteDuration();
  }
  return absl::FromChrono(deadline) - absl::Now();
}

// Where gRPC's generated code keeps it: in the order of the contract.
int MethodIndex(const std::string& rpc) {
  return google::protobuf::DescriptorPool::generated_pool()
      ->FindServiceByName(v1::LocalDatastoreService::service_full_name())
      ->FindMethodByName(rpc)
      ->index();
}

std::string PathOf(const std::string& rpc) {
  return absl::StrCat("/", v1::LocalDatastoreService::service_full_name(), "/",
                      rpc);
}

std::vector<v1::BridgeStatus> BridgesOf(resolver::HostResolver& resolver) {
  std::vector<v1::BridgeStatus> bridges;
  for (const resolver::BridgeState& state : resolver.Bridges()) {
    bridges.push_back(ToProto(state));
  }
  return bridges;
}

}  // namespace

LocalDatastoreService::LocalDatastoreService(const Parts& parts)
    : parts_(parts),
      encoded_answers_(parts.timer),
      start_time_(parts.timer->Now()),
      bridges_([resolver = parts.resolver] { return BridgesOf(*resolver); },
               parts.timer),
      free_bytes_([files = parts.files] { return files->FreeBytes(); },
                  parts.timer) {
  Receive();
}

void LocalDatastoreService::Receive() {
  ReceiveUnary<v1::ResolveRequest, Encodable<v1::ResolveResponse>>(
      "Resolve", &LocalDatastoreService::AnswerResolve);
  ReceiveStreaming("Browse", &LocalDatastoreService::Browse);
  ReceiveStreaming("Download", &LocalDatastoreService::Download);
  ReceiveStreaming("Watch", &LocalDatastoreService::Watch);
  ReceiveUnary("Status", &LocalDatastoreService::Status, &status_messages_);
  ReceiveUnary("Cancel", &LocalDatastoreService::Cancel);
  ReceiveUnary("Remove", &LocalDatastoreService::Remove);
}

absl::Status LocalDatastoreService::Admit(
    const std::string& path, const grpc::CallbackServerContext& context,
    CallSlots::Slot& slot) const {
  auto admitted = parts_.gate->Admit(path, context);
  if (!admitted.ok()) return admitted.status();
  slot = *std::move(admitted);
  return absl::OkStatus();
}

template <typename Request, typename Response>
void LocalDatastoreService::ReceiveUnary(
    const std::string& rpc,
    grpc::ServerUnaryReactor* (LocalDatastoreService::*handle)(
        grpc::CallbackServerContext*, const Request*, Response*),
    grpc::MessageAllocator<Received<Request>, Response>* messages) {
  auto* handler =
      new grpc::internal::CallbackUnaryHandler<Received<Request>, Response>(
          [this, rpc, path = PathOf(rpc), handle](
              grpc::CallbackServerContext* context,
              const Received<Request>* received, Response* response) {
            const Correlation correlation = Correlate(rpc, context);
            const auto fields = [&] {
              return FieldsOf(correlation, rpc, *context);
            };
            const LogContext log(fields);
            const absl::Status admitted = Admit(path, *context, received->slot);
            if (!admitted.ok()) {
              grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
              reactor->Finish(ToGrpcStatus(admitted));
              return reactor;
            }
            return received->problem.ok()
                       ? (this->*handle)(context, &received->message, response)
                       : Answer(rpc, context, received->problem);
          });
  if (messages != nullptr) handler->SetMessageAllocator(messages);
  MarkMethodCallback(MethodIndex(rpc), handler);
}

template <typename Request, typename Response>
void LocalDatastoreService::ReceiveStreaming(
    const std::string& rpc,
    grpc::ServerWriteReactor<Response>* (LocalDatastoreService::*handle)(
        grpc::CallbackServerContext*, const Request*)) {
  MarkMethodCallback(
      MethodIndex(rpc),
      new grpc::internal::CallbackServerStreamingHandler<Received<Request>,
                                                         Response>(
          [this, rpc, path = PathOf(rpc), handle](
              grpc::CallbackServerContext* context,
              const Received<Request>* received)
              -> grpc::ServerWriteReactor<Response>* {
            const Correlation correlation = Correlate(rpc, context);
            const auto fields = [&] {
              return FieldsOf(correlation, rpc, *context);
            };
            const LogContext log(fields);
            const absl::Status admitted = Admit(path, *context, received->slot);
            if (!admitted.ok()) {
              return new RefusedStream<Response>(ToGrpcStatus(admitted));
            }
            return received->problem.ok()
                       ? (this->*handle)(context, &received->message)
                       : Refuse<Response>(rpc, *context, received->problem);
          }));
}

std::string LocalDatastoreService::Peer(
    const grpc::CallbackServerContext& context) const {
  return parts_.peers->Name(context.peer());
}

Correlation LocalDatastoreService::Correlate(
    const std::string& rpc, grpc::CallbackServerContext* context) const {
  Correlation correlation = CorrelationOf(context->client_metadata());
  context->AddInitialMetadata(kRequestIdKey, correlation.request_id);
  if (IsLogged(LogLevel::kDebug)) {
    LogDebug("call", FieldsOf(correlation, rpc, *context));
  }
  return correlation;
}

LogFields LocalDatastoreService::FieldsOf(
    const Correlation& correlation, const std::string& rpc,
    const grpc::CallbackServerContext& context) const {
  return {{"request_id", correlation.request_id},
          {"trace_id", correlation.trace_id},
          {"rpc", rpc},
          {"peer", Peer(context)}};
}

void LocalDatastoreService::LogRefusal(
    absl::string_view rpc, const grpc::CallbackServerContext& context,
    const absl::Status& status) const {
  LogInfo("call refused", {{"rpc", std::string(rpc)},
                           {"peer", Peer(context)},
                           {"reason", ReasonName(ReasonOf(status))},
                           {"error", std::string(status.message())}});
}

grpc::ServerUnaryReactor* LocalDatastoreService::Answer(
    absl::string_view rpc, grpc::CallbackServerContext* context,
    const absl::Status& status) const {
  if (!status.ok()) LogRefusal(rpc, *context, status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

template <typename Response>
grpc::ServerWriteReactor<Response>* LocalDatastoreService::Refuse(
    absl::string_view rpc, const grpc::CallbackServerContext& context,
    const absl::Status& status) const {
  LogRefusal(rpc, context, status);
  return new RefusedStream<Response>(ToGrpcStatus(status));
}

void LocalDatastoreService::EndStreams() {
  open_streams_.EndAll(ToGrpcStatus(MakeError(v1::ERROR_REASON_SHUTTING_DOWN,
                                              "the server is shutting down")));
}

grpc::ServerUnaryReactor* LocalDatastoreService::AnswerResolve(
    grpc::CallbackServerContext* context, const v1::ResolveRequest* request,
    Encodable<v1::ResolveResponse>* answer) {
  const auto order =
      MakeResolveOrder(*request, parts_.settings->Get()->resolve_timeout,
                       TimeLeft(*context), *parts_.resolver);
  if (!order.ok()) return Answer("Resolve", context, order.status());
  return ResolveCall::Start(*order, context, answer, parts_.resolver,
                            &encoded_answers_);
}

grpc::ServerWriteReactor<v1::BrowseResponse>* LocalDatastoreService::Browse(
    grpc::CallbackServerContext* context, const v1::BrowseRequest* request) {
  const auto order = MakeBrowseOrder(*request, *parts_.resolver);
  if (!order.ok()) {
    return Refuse<v1::BrowseResponse>("Browse", *context, order.status());
  }
  const auto stream =
      BrowseStream::Start(*order, parts_.resolver, parts_.timer);
  open_streams_.Add(stream);
  return stream.get();
}

grpc::ServerWriteReactor<v1::DownloadResponse>* LocalDatastoreService::Download(
    grpc::CallbackServerContext* context, const v1::DownloadRequest* request) {
  const std::shared_ptr<const Settings> settings = parts_.settings->Get();
  DownloadRules rules;
  rules.fetcher = parts_.fetcher;
  rules.catalog = &settings->catalog;
  rules.max_image_bytes = settings->max_image_bytes;
  auto order = MakeDownloadOrder(*request, rules);
  if (!order.ok()) {
    return Refuse<v1::DownloadResponse>("Download", *context, order.status());
  }
  order->client = ClientKey(CallerOf(*context, *parts_.peers));
  order->request_id = LogContext::Find("request_id");
  order->trace_id = LogContext::Find("trace_id");
  const auto job = parts_.registry->Attach(*std::move(order));
  if (!job.ok()) {
    return Refuse<v1::DownloadResponse>("Download", *context, job.status());
  }
  LogInfo("download watched",
          {{"download_id", (*job)->id()}, {"peer", Peer(*context)}});
  return DownloadStream::Start(*job, ProgressInterval(*request),
                               parts_.registry, parts_.timer);
}

grpc::ServerWriteReactor<v1::WatchResponse>* LocalDatastoreService::Watch(
    grpc::CallbackServerContext* context, const v1::WatchRequest* request) {
  const auto ids = WatchedIds(*request);
  if (!ids.ok()) {
    return Refuse<v1::WatchResponse>("Watch", *context, ids.status());
  }
  std::vector<std::shared_ptr<Job>> jobs;
  for (const std::string& id : *ids) {
    auto job = parts_.registry->Find(id);
    if (!job.ok()) {
      return Refuse<v1::WatchResponse>("Watch", *context, job.status());
    }
    jobs.push_back(*std::move(job));
  }
  const auto stream = WatchStream::Start(jobs, parts_.registry, parts_.timer);
  open_streams_.Add(stream);
  return stream.get();
}

grpc::ServerUnaryReactor* LocalDatastoreService::Status(
    grpc::CallbackServerContext* context, const v1::StatusRequest* request,
    v1::StatusResponse* response) {
  return Answer("Status", context, FillStatus(*request, *response));
}

absl::Status LocalDatastoreService::FillStatus(const v1::StatusRequest& request,
                                               v1::StatusResponse& response) {
  const auto order = MakeStatusOrder(request);
  if (!order.ok()) return order.status();
  // One more shows whether there is a next page.
  const int limit = order->page_size + 1;
  auto jobs =
      order->download_ids.empty()
          ? absl::StatusOr<std::vector<std::shared_ptr<Job>>>(
                parts_.registry->List(order->after, limit))
          : parts_.registry->ListOf(order->download_ids, order->after, limit);
  if (!jobs.ok()) return jobs.status();
  if (static_cast<int>(jobs->size()) == limit) {
    jobs->pop_back();
    response.set_next_page_token(PageToken(jobs->back()->sequence()));
  }
  for (const auto& job : *jobs) job->CopySnapshotTo(*response.add_downloads());
  response.set_version(kVersion);
  *response.mutable_start_time() = ToProto(start_time_);
  const auto bridges = bridges_.Get();
  for (const v1::BridgeStatus& bridge : *bridges) {
    *response.add_bridges() = bridge;
  }
  const auto recent = free_bytes_.Get();
  const absl::StatusOr<int64_t>& free_bytes = *recent;
  if (free_bytes.ok()) {
    response.set_download_dir_free_bytes(*free_bytes);
  } else {
    LogWarning("cannot tell the free space of the download directory",
               {{"error", std::string(free_bytes.status().message())}});
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* LocalDatastoreService::Cancel(
    grpc::CallbackServerContext* context, const v1::CancelRequest* request,
    v1::CancelResponse* response) {
  const absl::Status checked = CheckRequest(*request);
  if (!checked.ok()) return Answer("Cancel", context, checked);
  const auto job = parts_.registry->Cancel(request->download_id(),
                                           request->discard_partial());
  if (!job.ok()) return Answer("Cancel", context, job.status());
  LogInfo("download cancelled",
          {{"download_id", (*job)->id()}, {"peer", Peer(*context)}});
  return CancelCall::Start(*job, parts_.registry, response);
}

grpc::ServerUnaryReactor* LocalDatastoreService::Remove(
    grpc::CallbackServerContext* context, const v1::RemoveRequest* request,
    v1::RemoveResponse*) {
  const absl::Status checked = CheckRequest(*request);
  if (!checked.ok()) return Answer("Remove", context, checked);
  LogFields fields = {{"download_id", request->download_id()},
                      {"file", request->delete_file() ? "deleted" : "kept"}};
  LogContext::AddTo(fields);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  // Answered from elsewhere: this thread is not to wait for the disk.
  parts_.registry->Remove(request->download_id(), request->delete_file(),
                          [this, context, reactor, fields = std::move(fields)](
                              const absl::Status& status) {
                            const LogContext log(fields);
                            if (status.ok()) {
                              LogInfo("download removed");
                            } else {
                              LogRefusal("Remove", *context, status);
                            }
                            reactor->Finish(ToGrpcStatus(status));
                          });
  return reactor;
}

}  // namespace localstore::server
