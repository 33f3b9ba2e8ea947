// A stream of snapshots that comes back after the server was restarted.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/connection/rpc_stream.h"
#include "google/rpc/status.pb.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

// On the loop's thread.
class Attachment {
 public:
  using OnSnapshot = std::function<void(const v1::Download&)>;
  using OnFinished = std::function<void(const grpc::Status&)>;
  // Starts the call.
  using Open =
      std::function<std::unique_ptr<RpcStream>(OnSnapshot, OnFinished)>;

  struct Events {
    OnSnapshot snapshot;
    // The connection was lost; it is tried again.
    std::function<void()> lost;
    std::function<void()> back;
    // The last event: how the stream ended.
    std::function<void(const google::rpc::Status&)> ended;
  };

  // How long to wait between two tries, and altogether, after a loss.
  struct Retry {
    absl::Duration pause;
    absl::Duration longest_loss;
  };

  // `may_reattach`: whether calling again continues what was begun. `server` is
  // its address, for messages.
  Attachment(Open open, std::function<bool()> may_reattach, std::string server,
             Retry retry, Events events);

  void Start();

  // To be called every now and then, for what waits for its time. `now` is
  // SteadyNow().
  void Tick(absl::Duration now);

 private:
  void Begin();
  void Finished(const google::rpc::Status& error);

  const Open open_;
  const std::function<bool()> may_reattach_;
  const std::string server_;
  const Retry retry_;
  const Events events_;
  std::unique_ptr<RpcStream> stream_;
  absl::optional<absl::Duration> lost_since_;
  absl::Duration next_try_ = absl::InfiniteDuration();
};

}  // namespace localstore::client
