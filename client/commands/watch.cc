#include "client/commands/watch.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/commands/attachment.h"
#include "client/commands/progress_view.h"
#include "client/connection/rpc_stream.h"
#include "client/render/download_text.h"
#include "client/render/error_text.h"
#include "client/terminal/steady_time.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

// How a download that did not complete ended.
google::rpc::Status ErrorOf(const v1::Download& download) {
  if (download.error().code() != 0) return download.error();
  return ToRpcStatus(download.state() == v1::Download::STATE_CANCELLED
                         ? absl::CancelledError("the download was cancelled")
                         : absl::UnknownError("the download failed"));
}

class WatchCommand {
 public:
  explicit WatchCommand(const CommandContext& context)
      : context_(context),
        waited_for_(context.arguments.operands().begin(),
                    context.arguments.operands().end()),
        view_(MakeProgressView(context.reporter, context.out)),
        attachment_(
            [this](Attachment::OnSnapshot snapshot,
                   Attachment::OnFinished finished) {
              return Open(std::move(snapshot), std::move(finished));
            },
            [this] { return seen_; }, context.server,
            {context.patience.between_tries, context.patience.longest_loss},
            {[this](const v1::Download& download) { Show(download); },
             [this] { view_->Say("connection lost, attaching again..."); },
             [this] { view_->Say("attached again"); },
             [this](const google::rpc::Status& error) { Ended(error); }}) {
    for (const std::string& id : waited_for_) request_.add_download_ids(id);
  }

  ExitCode Run() {
    context_.user.interrupted = [this] {
      interrupted_ = true;
      view_->NoteInterrupt();
      context_.loop.Stop();
    };
    context_.user.resized = [this] { view_->Redraw(); };
    attachment_.Start();
    context_.loop.Run(context_.patience.tick, [this] {
      attachment_.Tick(SteadyNow());
      view_->Redraw();
    });
    context_.user = UserEvents();
    view_->Close();
    context_.loop.Close();
    return Conclude();
  }

 private:
  std::unique_ptr<RpcStream> Open(Attachment::OnSnapshot snapshot,
                                  Attachment::OnFinished finished) {
    return std::make_unique<ResponseStream<v1::WatchResponse>>(
        &context_.loop,
        [this](grpc::ClientContext* call) {
          return context_.stub.Watch(call, request_);
        },
        [snapshot = std::move(snapshot)](const v1::WatchResponse& response) {
          snapshot(response.download());
        },
        std::move(finished));
  }

  void Show(const v1::Download& download) {
    seen_ = true;
    // Of a download that has ended, the end is news once, also after the
    // connection was lost.
    if (ended_.count(download.download_id()) > 0 &&
        HasEnded(download.state())) {
      return;
    }
    view_->Show(download);
    if (HasEnded(download.state())) {
      ended_.insert(download.download_id());
      NoteEnd(download);
    } else {
      ended_.erase(download.download_id());
    }
    if (!context_.out.stream->good()) context_.loop.Stop();
  }

  void NoteEnd(const v1::Download& download) {
    if (download.state() != v1::Download::STATE_COMPLETED) {
      const google::rpc::Status error = ErrorOf(download);
      view_->Say(RenderErrorLine(error, context_.out.style));
      const bool named = waited_for_.count(download.download_id()) > 0;
      if (named && result_ == ExitCode::kOk) result_ = ExitCodeFor(error);
    }
    const bool waited = waited_for_.erase(download.download_id()) > 0;
    if (waited && waited_for_.empty()) context_.loop.Stop();
  }

  void Ended(const google::rpc::Status& error) {
    end_ = error;
    context_.loop.Stop();
  }

  ExitCode Conclude() const {
    if (interrupted_) return ExitCode::kInterrupted;
    if (end_.code() != 0) return context_.reporter.Error(end_);
    if (!waited_for_.empty()) {
      return context_.reporter.Error(ToRpcStatus(absl::UnknownError(
          absl::StrCat("the server ended the stream before download ",
                       *waited_for_.begin(), " had ended"))));
    }
    return result_;
  }

  const CommandContext& context_;
  v1::WatchRequest request_;
  std::set<std::string> waited_for_;
  std::set<std::string> ended_;
  const std::unique_ptr<ProgressView> view_;
  bool seen_ = false;
  bool interrupted_ = false;
  google::rpc::Status end_;
  ExitCode result_ = ExitCode::kOk;
  // Last, so that its stream ends before what it tells of.
  Attachment attachment_;
};

}  // namespace

ExitCode RunWatch(const CommandContext& context) {
  return WatchCommand(context).Run();
}

}  // namespace localstore::client
