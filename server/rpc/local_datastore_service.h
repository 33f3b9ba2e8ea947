// The service of the contract: each RPC handed to what does it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "resolver/host_resolver.h"
#include "server/access/call_slots.h"
#include "server/access/gate.h"
#include "server/jobs/image_files.h"
#include "server/jobs/job_registry.h"
#include "server/logging/event_format.h"
#include "server/net/peer_directory.h"
#include "server/rpc/arena_answers.h"
#include "server/rpc/correlation.h"
#include "server/rpc/encodable.h"
#include "server/rpc/encoded_answers.h"
#include "server/rpc/open_streams.h"
#include "server/rpc/received.h"
#include "server/rpc/recent.h"
#include "server/rpc/settings.h"
#include "server/timer/timer.h"

namespace localstore::server {

class LocalDatastoreService final
    : public v1::LocalDatastoreService::CallbackService {
 public:
  // Everything must outlive the gRPC server that the service is registered at.
  struct Parts {
    resolver::HostResolver* resolver = nullptr;
    fetcher::ImageFetcher* fetcher = nullptr;
    ImageFiles* files = nullptr;
    JobRegistry* registry = nullptr;
    LiveSettings* settings = nullptr;
    Timer* timer = nullptr;
    PeerDirectory* peers = nullptr;
    Gate* gate = nullptr;
  };

  explicit LocalDatastoreService(const Parts& parts);

  // Ends the streams that would not end by themselves, with SHUTTING_DOWN.
  void EndStreams();

  grpc::ServerWriteReactor<v1::BrowseResponse>* Browse(
      grpc::CallbackServerContext* context,
      const v1::BrowseRequest* request) override;
  grpc::ServerWriteReactor<v1::DownloadResponse>* Download(
      grpc::CallbackServerContext* context,
      const v1::DownloadRequest* request) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context,
      const v1::WatchRequest* request) override;
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const v1::StatusRequest* request,
                                   v1::StatusResponse* response) override;
  grpc::ServerUnaryReactor* Cancel(grpc::CallbackServerContext* context,
                                   const v1::CancelRequest* request,
                                   v1::CancelResponse* response) override;
  grpc::ServerUnaryReactor* Remove(grpc::CallbackServerContext* context,
                                   const v1::RemoveRequest* request,
                                   v1::RemoveResponse* response) override;

 private:
  // Resolve, which has more to say than the contract's message.
  grpc::ServerUnaryReactor* AnswerResolve(
      grpc::CallbackServerContext* context, const v1::ResolveRequest* request,
      Encodable<v1::ResolveResponse>* answer);

  // Has every call pass the gate, and requests that cannot be read refused with
  // what is wrong with them.
  void Receive();
  template <typename Request, typename Response>
  void ReceiveUnary(
      const std::string& rpc,
      grpc::ServerUnaryReactor* (LocalDatastoreService::*handle)(
          grpc::CallbackServerContext*, const Request*, Response*),
      grpc::MessageAllocator<Received<Request>, Response>* messages = nullptr);
  template <typename Request, typename Response>
  void ReceiveStreaming(
      const std::string& rpc,
      grpc::ServerWriteReactor<Response>* (LocalDatastoreService::*handle)(
          grpc::CallbackServerContext*, const Request*));

  absl::Status Admit(const std::string& path,
                     const grpc::CallbackServerContext& context,
                     CallSlots::Slot& slot) const;
  std::string Peer(const grpc::CallbackServerContext& context) const;
  // Gives the caller its request id back.
  Correlation Correlate(const std::string& rpc,
                        grpc::CallbackServerContext* context) const;
  // What all events of a call carry.
  LogFields FieldsOf(const Correlation& correlation, const std::string& rpc,
                     const grpc::CallbackServerContext& context) const;
  void LogRefusal(absl::string_view rpc,
                  const grpc::CallbackServerContext& context,
                  const absl::Status& status) const;
  grpc::ServerUnaryReactor* Answer(absl::string_view rpc,
                                   grpc::CallbackServerContext* context,
                                   const absl::Status& status) const;
  template <typename Response>
  grpc::ServerWriteReactor<Response>* Refuse(
      absl::string_view rpc, const grpc::CallbackServerContext& context,
      const absl::Status& status) const;
  absl::Status FillStatus(const v1::StatusRequest& request,
                          v1::StatusResponse& response);

  const Parts parts_;
  EncodedAnswers encoded_answers_;
  ArenaAnswers<Received<v1::StatusRequest>, v1::StatusResponse>
      status_messages_;
  const absl::Time start_time_;
  // Costs the resolver's thread a visit, and a copy of all hosts.
  Recent<std::vector<v1::BridgeStatus>> bridges_;
  // Costs a system call, and the wait for a disk that is slow.
  Recent<absl::StatusOr<int64_t>> free_bytes_;
  OpenStreams open_streams_;
};

}  // namespace localstore::server
