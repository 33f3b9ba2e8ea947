#include "client/commands/download.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/commands/attachment.h"
#include "client/commands/download_request.h"
#include "client/commands/progress_view.h"
#include "client/connection/rpc_error.h"
#include "client/connection/rpc_stream.h"
#include "client/render/download_text.h"
#include "client/terminal/steady_time.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

google::rpc::Status Interrupted(const std::string& message) {
  return ToRpcStatus(MakeErrorWithCode(absl::StatusCode::kCancelled,
                                       v1::ERROR_REASON_CANCELLED, message));
}

class DownloadCommand {
 public:
  DownloadCommand(const CommandContext& context, v1::DownloadRequest request)
      : context_(context),
        request_(std::move(request)),
        view_(MakeProgressView(context.reporter, context.out)),
        attachment_(
            [this](Attachment::OnSnapshot snapshot,
                   Attachment::OnFinished finished) {
              return Open(std::move(snapshot), std::move(finished));
            },
            [this] { return !last_.download_id().empty(); }, context.server,
            {context.patience.between_tries, context.patience.longest_loss},
            {[this](const v1::Download& download) { Show(download); },
             [this] { view_->Say("connection lost, attaching again..."); },
             [this] { view_->Say("attached again"); },
             [this](const google::rpc::Status& error) { Ended(error); }}) {}

  ExitCode Run() {
    context_.user.interrupted = [this] { OnInterrupt(); };
    context_.user.resized = [this] { view_->Redraw(); };
    attachment_.Start();
    context_.loop.Run(context_.patience.tick, [this] { OnTick(); });
    context_.user = UserEvents();
    view_->Close();
    context_.loop.Close();
    return Conclude();
  }

 private:
  std::unique_ptr<RpcStream> Open(Attachment::OnSnapshot snapshot,
                                  Attachment::OnFinished finished) {
    // Once it has an id, the same request attaches instead of starting anew.
    if (!last_.download_id().empty()) {
      request_.set_download_id(last_.download_id());
    }
    return std::make_unique<ResponseStream<v1::DownloadResponse>>(
        &context_.loop,
        [this](grpc::ClientContext* call) {
          return context_.stub.Download(call, request_);
        },
        [snapshot = std::move(snapshot)](const v1::DownloadResponse& response) {
          snapshot(response.download());
        },
        std::move(finished));
  }

  void Show(const v1::Download& download) {
    last_ = download;
    view_->Show(download);
  }

  void Ended(const google::rpc::Status& error) {
    end_ = error;
    context_.loop.Stop();
  }

  void OnTick() {
    const absl::Duration now = SteadyNow();
    attachment_.Tick(now);
    view_->Redraw();
    if (now >= leave_at_) Leave();
  }

  void OnInterrupt() {
    ++interrupts_;
    view_->NoteInterrupt();
    if (last_.download_id().empty()) {
      leaving_note_ =
          "interrupted before the server gave the download an id; "
          "\"localstorectl status\" shows whether it runs";
      Leave();
    } else if (interrupts_ == 1 &&
               request_.on_disconnect() != v1::DISCONNECT_POLICY_CANCEL) {
      leave_at_ = SteadyNow() + context_.patience.second_thoughts;
      leaving_note_ = absl::StrCat("the download goes on; attach to it with: ",
                                   AttachCommand());
      view_->Say(leaving_note_);
      view_->Say("Ctrl-C again cancels it");
    } else if (!cancelling_) {
      Cancel();
    } else {
      Leave();
    }
  }

  void Leave() {
    interrupted_ = true;
    context_.loop.Stop();
  }

  void Cancel() {
    cancelling_ = true;
    leave_at_ = absl::InfiniteDuration();
    view_->Say("cancelling...");
    v1::CancelRequest request;
    request.set_download_id(last_.download_id());
    v1::CancelResponse response;
    const auto call = CallWithin(kShortCall);
    const grpc::Status status =
        context_.stub.Cancel(call.get(), request, &response);
    if (status.ok()) return;
    end_ = ToRpcError(status, context_.server);
    context_.loop.Stop();
  }

  std::string AttachCommand() const {
    const Style& style = context_.out.style;
    return absl::StrCat("localstorectl ",
                        context_.arguments.Has("server")
                            ? absl::StrCat("--server=", context_.server, " ")
                            : "",
                        "watch ", style.Safe(last_.download_id()));
  }

  ExitCode Conclude() const {
    if (interrupted_) {
      // On a screen the person has read it already.
      if (context_.reporter.json() || last_.download_id().empty()) {
        context_.reporter.Error(Interrupted(leaving_note_));
      }
      return ExitCode::kInterrupted;
    }
    if (end_.code() != 0) return context_.reporter.Error(end_);
    switch (last_.state()) {
      case v1::Download::STATE_COMPLETED:
        return ExitCode::kOk;
      case v1::Download::STATE_CANCELLED:
        return context_.reporter.Error(
            Interrupted("the download was cancelled"));
      case v1::Download::STATE_FAILED:
        if (last_.error().code() != 0) {
          return context_.reporter.Error(last_.error());
        }
        [[fallthrough]];
      default:
        return context_.reporter.Error(ToRpcStatus(absl::UnknownError(
            "the server ended the stream before the download had ended; "
            "\"localstorectl status\" shows how it is")));
    }
  }

  const CommandContext& context_;
  v1::DownloadRequest request_;
  const std::unique_ptr<ProgressView> view_;
  v1::Download last_;
  google::rpc::Status end_;
  int interrupts_ = 0;
  bool cancelling_ = false;
  bool interrupted_ = false;
  absl::Duration leave_at_ = absl::InfiniteDuration();
  std::string leaving_note_;
  // Last, so that its stream ends before what it tells of.
  Attachment attachment_;
};

}  // namespace

ExitCode RunDownload(const CommandContext& context) {
  absl::StatusOr<v1::DownloadRequest> request =
      MakeDownloadRequest(context.arguments, context.in,
                          context.out.redraws && !context.reporter.json());
  if (!request.ok()) return context.reporter.UsageError(request.status());
  if (HoldsSecrets(*request) && !context.is_private) {
    return context.reporter.UsageError(absl::InvalidArgumentError(
        absl::StrCat("credentials and keys would cross the network to ",
                     context.server, " in clear; use TLS (--tls_ca)")));
  }
  return DownloadCommand(context, *std::move(request)).Run();
}

}  // namespace localstore::client
