#include "server/metrics/rpc_metrics.h"

#include <atomic>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace localstore::server {
namespace {

namespace interception = grpc::experimental;

const char* const kCodeNames[] = {"OK",
                                  "Canceled",
                                  "Unknown",
                                  "InvalidArgument",
                                  "DeadlineExceeded",
                                  "NotFound",
                                  "AlreadyExists",
                                  "PermissionDenied",
                                  "ResourceExhausted",
                                  "FailedPrecondition",
                                  "Aborted",
                                  "OutOfRange",
                                  "Unimplemented",
                                  "Internal",
                                  "Unavailable",
                                  "DataLoss",
                                  "Unauthenticated"};

LabelValues LabelsOf(const google::protobuf::MethodDescriptor& method) {
  const char* type = method.client_streaming() && method.server_streaming()
                         ? "bidi_stream"
                     : method.client_streaming() ? "client_stream"
                     : method.server_streaming() ? "server_stream"
                                                 : "unary";
  return {type, method.service()->full_name(), method.name()};
}

// One call, from its arrival to when gRPC is done with it.
class Meter : public interception::Interceptor {
 public:
  explicit Meter(RpcMetrics::Method* method)
      : method_(method), start_(Clock::now()) {
    method_->Begin();
    // Last, for it hands on all that stands above.
    code_.store(grpc::StatusCode::CANCELLED, std::memory_order_release);
  }

  ~Meter() override {
    const grpc::StatusCode code = code_.load(std::memory_order_acquire);
    method_->End(code, absl::FromChrono(Clock::now() - start_));
  }

  void Intercept(interception::InterceptorBatchMethods* methods) override {
    using Point = interception::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(Point::PRE_SEND_STATUS)) {
      code_.exchange(methods->GetSendStatus().error_code(),
                     std::memory_order_acq_rel);
    }
    methods->Proceed();
  }

 private:
  using Clock = std::chrono::steady_clock;

  RpcMetrics::Method* const method_;
  const Clock::time_point start_;
  // CANCELLED unless a status is sent: the caller was gone before. Hands the
  // meter from thread to thread: gRPC makes it, has it see the status and
  // destroys it on three, one after the other.
  std::atomic<grpc::StatusCode> code_;
};

class MeterFactory : public interception::ServerInterceptorFactoryInterface {
 public:
  explicit MeterFactory(RpcMetrics* metrics) : metrics_(metrics) {}

  interception::Interceptor* CreateServerInterceptor(
      interception::ServerRpcInfo* info) override {
    RpcMetrics::Method* method = metrics_->Find(info->method());
    return method == nullptr ? nullptr : new Meter(method);
  }

 private:
  RpcMetrics* const metrics_;
};

}  // namespace

RpcMetrics::Method::Method(const google::protobuf::MethodDescriptor& method)
    : labels_(LabelsOf(method)) {}

void RpcMetrics::Method::Begin() {
  started_.fetch_add(1, std::memory_order_relaxed);
  in_flight_.fetch_add(1, std::memory_order_relaxed);
}

void RpcMetrics::Method::End(grpc::StatusCode code, absl::Duration duration) {
  const auto number = static_cast<size_t>(
      code >= 0 && code < static_cast<int>(kCodes) ? code
                                                   : grpc::StatusCode::UNKNOWN);
  handled_[number].fetch_add(1, std::memory_order_relaxed);
  seconds_.Observe(duration);
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
}

RpcMetrics::RpcMetrics(
    const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* descriptor = service->method(i);
      auto method = std::make_unique<Method>(*descriptor);
      methods_.push_back(method.get());
      by_path_[absl::StrCat("/", service->full_name(), "/",
                            descriptor->name())] = std::move(method);
    }
  }
}

RpcMetrics::Method* RpcMetrics::Find(const std::string& path) {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second.get();
}

int64_t RpcMetrics::InFlight(const std::string& service) const {
  int64_t calls = 0;
  for (const Method* method : methods_) {
    if (method->labels_[1] == service) calls += method->in_flight_.load();
  }
  return calls;
}

std::vector<prometheus::MetricFamily> RpcMetrics::Collect() const {
  auto started = MakeFamily("grpc_server_started_total");
  auto handled = MakeFamily("grpc_server_handled_total");
  auto seconds = MakeFamily("grpc_server_handling_seconds");
  auto in_flight = MakeFamily("localstore_rpcs_in_flight");
  for (const Method* method : methods_) {
    AddSample(static_cast<double>(method->started_.load()), method->labels_,
              started);
    AddSample(static_cast<double>(method->in_flight_.load()), method->labels_,
              in_flight);
    method->seconds_.AddTo(method->labels_, seconds);
    for (size_t code = 0; code < Method::kCodes; ++code) {
      const int64_t count = method->handled_[code].load();
      // OK is there from the start, so that a rate can be taken of it.
      if (count == 0 && code != grpc::StatusCode::OK) continue;
      LabelValues labels = method->labels_;
      labels.push_back(kCodeNames[code]);
      AddSample(static_cast<double>(count), labels, handled);
    }
  }
  return {started, handled, seconds, in_flight};
}

std::unique_ptr<interception::ServerInterceptorFactoryInterface> MakeRpcMeter(
    RpcMetrics* metrics) {
  return std::make_unique<MeterFactory>(metrics);
}

}  // namespace localstore::server
