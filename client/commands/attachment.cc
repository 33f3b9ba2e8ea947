#include "client/commands/attachment.h"

#include "client/connection/rpc_error.h"
#include "client/terminal/steady_time.h"

namespace localstore::client {

Attachment::Attachment(Open open, std::function<bool()> may_reattach,
                       std::string server, Retry retry, Events events)
    : open_(std::move(open)),
      may_reattach_(std::move(may_reattach)),
      server_(std::move(server)),
      retry_(retry),
      events_(std::move(events)) {}

void Attachment::Start() { Begin(); }

void Attachment::Begin() {
  stream_.reset();
  stream_ = open_(
      [this](const v1::Download& download) {
        if (lost_since_.has_value()) {
          lost_since_.reset();
          events_.back();
        }
        events_.snapshot(download);
      },
      [this](const grpc::Status& status) {
        Finished(ToRpcError(status, server_));
      });
}

void Attachment::Finished(const google::rpc::Status& error) {
  const absl::Duration now = SteadyNow();
  if (!IsConnectionLoss(error) || !may_reattach_() ||
      now - lost_since_.value_or(now) > retry_.longest_loss) {
    events_.ended(error);
    return;
  }
  if (!lost_since_.has_value()) {
    lost_since_ = now;
    events_.lost();
  }
  next_try_ = now + retry_.pause;
}

void Attachment::Tick(absl::Duration now) {
  if (now < next_try_) return;
  next_try_ = absl::InfiniteDuration();
  Begin();
}

}  // namespace localstore::client
