// Calls of gRPC: how many, how they ended, how long they took.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/support/server_interceptor.h"
#include "grpcpp/support/status.h"
#include "prometheus/collectable.h"
#include "server/metrics/latency_histogram.h"

namespace localstore::server {

// Of the methods of the services that it is given, and no others: a caller
// cannot add a label. Thread-safe.
class RpcMetrics : public prometheus::Collectable {
 public:
  class Method {
   public:
    explicit Method(const google::protobuf::MethodDescriptor& method);

    void Begin();
    void End(grpc::StatusCode code, absl::Duration duration);

   private:
    friend class RpcMetrics;
    // Those that gRPC has: 0 to 16.
    static constexpr size_t kCodes = 17;

    const LabelValues labels_;
    std::atomic<int64_t> started_{0};
    std::atomic<int64_t> in_flight_{0};
    std::array<std::atomic<int64_t>, kCodes> handled_{};
    LatencyHistogram seconds_;
  };

  explicit RpcMetrics(
      const std::vector<const google::protobuf::ServiceDescriptor*>& services);

  // By path, "/package.Service/Method"; nullptr for others.
  Method* Find(const std::string& path);

  // Calls of the service that have not ended.
  int64_t InFlight(const std::string& service) const;

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::unordered_map<std::string, std::unique_ptr<Method>> by_path_;
  std::vector<Method*> methods_;
};

// Has gRPC count each call. `metrics` must outlive the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeRpcMeter(RpcMetrics* metrics);

}  // namespace localstore::server
