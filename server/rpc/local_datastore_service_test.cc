#include "server/rpc/local_datastore_service.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/rpc/service_fixture.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(ServiceTest, ResolveAnswers) {
  resolver::Resolution resolution;
  resolution.host = "store.local";
  resolution.endpoints.emplace_back();
  resolution.endpoints[0].address = "10.1.0.5";
  resolution.endpoints[0].bridge = "bn1";
  resolution.endpoints[0].services.push_back(
      {"an\xFFinstance", "_http._tcp", "store.local", 8080, {"k=\xFE"}});
  resolution.bridges.push_back({"bn1", {"10.1.0.1/24"}, true, 1, 1, 0, ""});
  resolver_.AnswerWith(resolution);
  Client client;
  v1::ResolveRequest request;
  request.set_host("store.local");
  v1::ResolveResponse response;
  const grpc::Status status =
      stub_->Resolve(&client.context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(response.endpoints(), SizeIs(1));
  EXPECT_EQ(response.endpoints(0).address(), "10.1.0.5");
  EXPECT_EQ(response.endpoints(0).services(0).port(), 8080);
  EXPECT_EQ(response.endpoints(0).services(0).instance(),
            "an\xEF\xBF\xBDinstance");
  EXPECT_EQ(response.bridges(0).bridge(), "bn1");
}

TEST_F(ServiceTest, WhatIsKnownIsAnsweredWithoutAsking) {
  auto known = std::make_shared<resolver::Resolution>();
  known->host = "store.local";
  known->from_cache = true;
  for (const int seconds : {90, 1}) {
    known->endpoints.emplace_back();
    known->endpoints.back().address = "10.1.0.5";
    known->endpoints.back().ttl = absl::Seconds(seconds);
  }
  resolver_.SetKnown("store.local", {known, absl::Seconds(3)});
  v1::ResolveRequest request;
  request.set_host("store.local");
  v1::ResolveResponse response;
  Client client;
  const grpc::Status status =
      stub_->Resolve(&client.context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.host(), "store.local");
  EXPECT_TRUE(response.from_cache());
  ASSERT_THAT(response.endpoints(), SizeIs(2));
  EXPECT_EQ(response.endpoints(0).ttl().seconds(), 87) << "less its age";
  EXPECT_EQ(response.endpoints(1).ttl().seconds(), 0) << "never negative";

  // The resolver is asked about what is not known.
  resolver_.SetKnown("store.local", {});
  resolver_.AnswerWith(MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody"));
  Client second;
  EXPECT_EQ(ReasonOfGrpc(stub_->Resolve(&second.context, request, &response)),
            v1::ERROR_REASON_HOST_NOT_FOUND);
}

TEST_F(ServiceTest, ResolveErrorsCarryTheirReason) {
  resolver_.AnswerWith(MakeError(v1::ERROR_REASON_NO_BRIDGE, "no bridge"));
  Client client;
  v1::ResolveRequest request;
  request.set_host("store.local");
  v1::ResolveResponse response;
  const grpc::Status status =
      stub_->Resolve(&client.context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_NO_BRIDGE);
  EXPECT_THAT(ToRpcStatus(FromGrpc(status)).details(), SizeIs(2));
}

TEST_F(ServiceTest, ResolveRefusesABadRequest) {
  Client client;
  v1::ResolveResponse response;
  const grpc::Status status =
      stub_->Resolve(&client.context, v1::ResolveRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(ServiceTest, WhatIsNotUtf8IsABadRequest) {
  // The first field of each request is a string, or strings.
  const std::string bytes("\x0A\x01\xFF");
  for (const char* rpc : {"Resolve", "Browse", "Download", "Watch", "Status",
                          "Cancel", "Remove"}) {
    const grpc::Status status = Send(rpc, bytes);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << rpc;
    EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_INVALID_REQUEST) << rpc;
    EXPECT_THAT(status.error_message(), HasSubstr("is not valid UTF-8")) << rpc;
  }
  EXPECT_THAT(Send("Resolve", bytes).error_message(), StartsWith("host: "));
  EXPECT_THAT(Send("Resolve", "\xFF").error_message(),
              HasSubstr("no localstore.v1.ResolveRequest message"));
}

TEST_F(ServiceTest, ACallerThatGoesAwayEndsTheQuestion) {
  Client client;
  grpc::CompletionQueue queue;
  v1::ResolveRequest request;
  request.set_host("store.local");
  v1::ResolveResponse response;
  grpc::Status status;
  auto call = stub_->AsyncResolve(&client.context, request, &queue);
  call->Finish(&response, &status, &client);
  const auto asked = resolver_.WaitForResolve(0);
  ASSERT_NE(asked.id, 0u);
  client.context.TryCancel();
  EXPECT_TRUE(resolver_.WaitForCancel(asked.id));
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ServiceTest, DownloadShowsEachStateAndEndsWithSuccess) {
  DownloadCall call(*stub_, Request("a"));
  const auto fetch = fetcher_.WaitForCall(0);
  Transfer(fetch->observer(), 1000);
  const v1::Download downloading =
      call.ReadUntil(v1::Download::STATE_DOWNLOADING);
  EXPECT_EQ(downloading.total_bytes(), 1000);
  EXPECT_EQ(downloading.effective_url(), "http://10.1.0.5/image");
  EXPECT_EQ(downloading.endpoint().bridge(), "bn1");
  fetch->observer().OnVerifying();
  call.ReadUntil(v1::Download::STATE_VERIFYING);
  fetch->Return(fetcher::FetchResult{"abc", 1000, true});
  const v1::Download last = call.ReadLast();
  EXPECT_EQ(last.state(), v1::Download::STATE_COMPLETED);
  EXPECT_EQ(last.sha256(), "abc");
  EXPECT_TRUE(call.Finish().ok());
}

TEST_F(ServiceTest, ProgressIsShownAtTheIntervalAskedFor) {
  v1::DownloadRequest request = Request("a");
  request.mutable_progress_interval()->set_nanos(200'000'000);
  DownloadCall call(*stub_, request);
  const auto fetch = fetcher_.WaitForCall(0);
  Transfer(fetch->observer(), 1000);
  call.ReadUntil(v1::Download::STATE_DOWNLOADING);
  fetch->observer().OnProgress(100);
  fetch->observer().OnProgress(200);
  timer_.Advance(absl::Milliseconds(199));
  fetch->observer().OnProgress(300);
  timer_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(call.Read().received_bytes(), 300);
  timer_.Advance(absl::Milliseconds(400));  // nothing new
  fetch->observer().OnProgress(400);
  timer_.Advance(absl::Milliseconds(200));
  EXPECT_EQ(call.Read().received_bytes(), 400);
}

TEST_F(ServiceTest, AFailedDownloadsStreamEndsWithItsError) {
  DownloadCall call(*stub_, Request("a"));
  fetcher_.WaitForCall(0)->Return(
      MakeError(v1::ERROR_REASON_DIGEST_MISMATCH, "wrong digest",
                {{"expected", "aa"}, {"actual", "bb"}}));
  const v1::Download last = call.ReadLast();
  EXPECT_EQ(last.state(), v1::Download::STATE_FAILED);
  EXPECT_EQ(last.sha256(), "bb");
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(status.error_details(), last.error().SerializeAsString());
  EXPECT_EQ(MetadataOf(FromGrpc(status), "expected"), "aa");
}

TEST_F(ServiceTest, DownloadRefusesABadRequest) {
  DownloadCall call(*stub_, v1::DownloadRequest());
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(ServiceTest, ASecondStreamAttachesAndBothSeeTheEnd) {
  DownloadCall first(*stub_, Request("a"));
  const auto fetch = fetcher_.WaitForCall(0);
  Transfer(fetch->observer(), 1000);
  first.ReadUntil(v1::Download::STATE_DOWNLOADING);
  DownloadCall second(*stub_, Request("a"));
  EXPECT_EQ(second.Read().state(), v1::Download::STATE_DOWNLOADING);
  fetch->Return(fetcher::FetchResult{"abc", 1000, true});
  EXPECT_EQ(first.ReadLast().state(), v1::Download::STATE_COMPLETED);
  EXPECT_EQ(second.ReadLast().state(), v1::Download::STATE_COMPLETED);
  EXPECT_TRUE(first.Finish().ok());
  EXPECT_TRUE(second.Finish().ok());
  EXPECT_EQ(fetcher_.calls(), 1u);
  DownloadCall late(*stub_, Request("a"));
  EXPECT_EQ(late.ReadLast().state(), v1::Download::STATE_COMPLETED);
  EXPECT_TRUE(late.Finish().ok());
}

TEST_F(ServiceTest, AnotherRequestWithTheIdConflicts) {
  DownloadCall first(*stub_, Request("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  v1::DownloadRequest other = Request("a");
  other.set_overwrite(true);
  DownloadCall second(*stub_, other);
  const grpc::Status status = second.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_DOWNLOAD_CONFLICT);
}

TEST_F(ServiceTest, ADisconnectedDownloadGoesOn) {
  {
    DownloadCall call(*stub_, Request("a"));
    call.Read();
    call.context.TryCancel();
    call.ReadLast();
    EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult{"abc", 1, true});
  DownloadCall again(*stub_, Request("a"));
  EXPECT_EQ(again.ReadLast().state(), v1::Download::STATE_COMPLETED);
  EXPECT_EQ(fetcher_.calls(), 1u);
}

TEST_F(ServiceTest, ADisconnectCancelsIfThatWasAskedFor) {
  v1::DownloadRequest request = Request("a");
  request.set_on_disconnect(v1::DISCONNECT_POLICY_CANCEL);
  v1::WatchRequest watch;
  watch.add_download_ids("a");
  DownloadCall call(*stub_, request);
  call.Read();
  Client watcher;
  auto reader = stub_->Watch(&watcher.context, watch);
  call.context.TryCancel();
  v1::WatchResponse response;
  v1::Download last;
  while (reader->Read(&response)) last = response.download();
  EXPECT_EQ(last.state(), v1::Download::STATE_CANCELLED);
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(ServiceTest, WatchOfAllSeesNewDownloadsAndTheirEnd) {
  Client client;
  auto reader = stub_->Watch(&client.context, v1::WatchRequest());
  DownloadCall call(*stub_, Request("a"));
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult{"abc", 1, true});
  v1::WatchResponse response;
  while (reader->Read(&response)) {
    EXPECT_EQ(response.download().download_id(), "a");
    if (response.download().state() == v1::Download::STATE_COMPLETED) break;
  }
  EXPECT_EQ(response.download().state(), v1::Download::STATE_COMPLETED);
  client.context.TryCancel();
  reader->Finish();
}

TEST_F(ServiceTest, WatchOfAnUnknownIdSaysSo) {
  Client client;
  v1::WatchRequest request;
  request.add_download_ids("nobody");
  auto reader = stub_->Watch(&client.context, request);
  EXPECT_EQ(ReasonOfGrpc(reader->Finish()),
            v1::ERROR_REASON_DOWNLOAD_NOT_FOUND);
}

TEST_F(ServiceTest, WatchShowsProgress) {
  DownloadCall call(*stub_, Request("a"));
  const auto fetch = fetcher_.WaitForCall(0);
  Transfer(fetch->observer(), 1000);
  v1::WatchRequest request;
  request.add_download_ids("a");
  request.add_download_ids("a");
  Client client;
  auto reader = stub_->Watch(&client.context, request);
  v1::WatchResponse response;
  ASSERT_TRUE(reader->Read(&response));
  fetch->observer().OnProgress(500);
  timer_.Advance(absl::Seconds(1));
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.download().received_bytes(), 500);
}

resolver::BrowseEvent Event(resolver::BrowseEvent::Kind kind,
                            const std::string& instance) {
  resolver::BrowseEvent event;
  event.kind = kind;
  event.bridge = "bn1";
  event.service.type = "_http._tcp";
  event.service.instance = instance;
  event.addresses = {"10.1.0.5"};
  return event;
}

TEST_F(ServiceTest, BrowseShowsEventsUntilItsDurationIsOver) {
  v1::BrowseRequest request;
  request.mutable_duration()->set_seconds(5);
  Client client;
  auto reader = stub_->Browse(&client.context, request);
  const auto id = resolver_.WaitForBrowse();
  ASSERT_TRUE(resolver_.SendEvent(
      id, Event(resolver::BrowseEvent::Kind::kFound, "store")));
  v1::BrowseResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event(), v1::BrowseResponse::EVENT_FOUND);
  EXPECT_EQ(response.service().instance(), "store");
  EXPECT_EQ(response.addresses(0), "10.1.0.5");
  timer_.Advance(absl::Seconds(5));
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_TRUE(resolver_.WaitForCancel(id));
}

TEST_F(ServiceTest, BrowseEndsWithTheResolversError) {
  Client client;
  auto reader = stub_->Browse(&client.context, v1::BrowseRequest());
  resolver_.FailBrowse(resolver_.WaitForBrowse(),
                       MakeError(v1::ERROR_REASON_NO_BRIDGE, "none"));
  v1::BrowseResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(ReasonOfGrpc(reader->Finish()), v1::ERROR_REASON_NO_BRIDGE);
}

TEST_F(ServiceTest, ShutdownTellsEachStream) {
  DownloadCall download(*stub_, Request("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  Client watch;
  auto watcher = stub_->Watch(&watch.context, v1::WatchRequest());
  v1::WatchResponse watched;
  ASSERT_TRUE(watcher->Read(&watched));
  Client browse;
  auto browser = stub_->Browse(&browse.context, v1::BrowseRequest());
  ASSERT_NE(resolver_.WaitForBrowse(), 0u);
  StopServing();
  const v1::Download last = download.ReadLast();
  EXPECT_EQ(last.state(), v1::Download::STATE_WAITING);
  const grpc::Status status = download.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_SHUTTING_DOWN);
  while (watcher->Read(&watched)) {
  }
  EXPECT_EQ(ReasonOfGrpc(watcher->Finish()), v1::ERROR_REASON_SHUTTING_DOWN);
  v1::BrowseResponse browsed;
  while (browser->Read(&browsed)) {
  }
  EXPECT_EQ(ReasonOfGrpc(browser->Finish()), v1::ERROR_REASON_SHUTTING_DOWN);
}

TEST_F(ServiceTest, SlowStreamsGetTheNewestSnapshot) {
  DownloadCall call(*stub_, Request("a"));
  const auto fetch = fetcher_.WaitForCall(0);
  // Far more than the flow-control window holds: a long URL in each message.
  fetcher::ImageSource source;
  source.url = absl::StrCat("http://store.local/", std::string(8000, 'x'));
  constexpr int kChanges = 5000;
  for (int i = 1; i <= kChanges; ++i) fetch->observer().OnAttempt(i, source);
  fetch->Return(fetcher::FetchResult{"abc", 1, true});
  int messages = 0;
  v1::DownloadResponse response;
  while (call.reader->Read(&response)) ++messages;
  EXPECT_EQ(response.download().state(), v1::Download::STATE_COMPLETED);
  EXPECT_LT(messages, kChanges / 2);
  EXPECT_TRUE(call.Finish().ok());
}

}  // namespace
}  // namespace localstore::server
