#include "client/testing/fake_service.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "grpcpp/server_builder.h"
#include "protos/errors/error.h"

namespace localstore::client {

grpc::Status SentStatus(const absl::Status& status) {
  const google::rpc::Status rpc = ToRpcStatus(status);
  return grpc::Status(static_cast<grpc::StatusCode>(rpc.code()), rpc.message(),
                      rpc.SerializeAsString());
}

Harness::Harness() {
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  server_ = builder.BuildAndStart();
  out_buffer_.flushed = [this](const std::string& text) { OnOutput(text); };
}

Harness::~Harness() { server_->Shutdown(std::chrono::system_clock::now()); }

int Harness::Run(const std::vector<std::string>& words,
                 const std::string& input) {
  out_buffer_.str("");
  err_.str("");
  std::istringstream in(input);
  EventLoop loop;
  loop_ = &loop;
  Application application;
  application.in = &in;
  application.out = out_screen_;
  application.out.stream = &out_;
  application.err.stream = &err_;
  application.loop = &loop;
  application.user = &user_;
  application.patience = {absl::Milliseconds(50), absl::Milliseconds(1),
                          absl::Seconds(30), absl::Milliseconds(1)};
  application.connect = [this](const Arguments&) -> absl::StatusOr<Connection> {
    return Connection{server_->InProcessChannel(grpc::ChannelArguments()),
                      "unix:/test.sock", is_private_};
  };
  SetWaiting(true);
  const ExitCode code = RunApplication(words, application);
  SetWaiting(false);
  loop_ = nullptr;
  return static_cast<int>(code);
}

void Harness::WaitForEndOfRun() {
  const absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Harness::IsOver));
}

void Harness::Wake() { SetWaiting(false); }

void Harness::SetWaiting(bool waiting) {
  const absl::MutexLock lock(&mutex_);
  waiting_ = waiting;
}

void Harness::InterruptAt(std::vector<std::string> texts) {
  interrupt_at_ = std::move(texts);
}

void Harness::OnOutput(const std::string& text) {
  if (loop_ == nullptr || interrupt_at_.empty() ||
      !absl::StrContains(text, interrupt_at_.front())) {
    return;
  }
  interrupt_at_.erase(interrupt_at_.begin());
  loop_->PostUrgent([this] {
    if (user_.interrupted) user_.interrupted();
  });
}

void Harness::OutputIsATerminal(size_t columns) {
  out_screen_.redraws = true;
  out_screen_.columns = [columns] { return columns; };
}

}  // namespace localstore::client
