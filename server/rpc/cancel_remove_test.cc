// Cancel and Remove.
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/rpc/service_fixture.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;

class CancelTest : public ServiceTest {
 protected:
  // What Cancel answers when the store answers with `stored`.
  grpc::Status CancelWhenStored(const std::string& id,
                                const absl::Status& stored) {
    store_.Hold();
    Client client;
    v1::CancelRequest request;
    request.set_download_id(id);
    v1::CancelResponse response;
    grpc::Status status;
    absl::Notification answered;
    stub_->async()->Cancel(&client.context, &request, &response,
                           [&](const grpc::Status& answer) {
                             status = answer;
                             answered.Notify();
                           });
    while (!(*registry_->Find(id))->ended()) std::this_thread::yield();
    EXPECT_FALSE(answered.HasBeenNotified());
    store_.Answer(stored);
    answered.WaitForNotification();
    EXPECT_EQ(response.has_download(), status.ok());
    return status;
  }
};

TEST_F(CancelTest, CancelEndsTheDownloadAndItsStream) {
  DownloadCall call(*stub_, Request("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  v1::CancelRequest request;
  request.set_download_id("a");
  for (int i = 0; i < 2; ++i) {  // idempotent
    Client client;
    v1::CancelResponse response;
    ASSERT_TRUE(stub_->Cancel(&client.context, request, &response).ok());
    EXPECT_EQ(response.download().state(), v1::Download::STATE_CANCELLED);
  }
  EXPECT_EQ(call.ReadLast().state(), v1::Download::STATE_CANCELLED);
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_CANCELLED);
}

TEST_F(CancelTest, CancelIsAnsweredWhenTheStoreHasTakenItDown) {
  DownloadCall call(*stub_, Request("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  EXPECT_TRUE(CancelWhenStored("a", absl::OkStatus()).ok());
}

TEST_F(CancelTest, CancelSaysWhenTheStoreHasNotTakenItDown) {
  DownloadCall call(*stub_, Request("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  const grpc::Status status = CancelWhenStored(
      "a", MakeError(v1::ERROR_REASON_NO_SPACE, "the disk is full"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_NO_SPACE);
  EXPECT_THAT(status.error_message(), HasSubstr("is cancelled, but"));
  EXPECT_THAT(status.error_message(), HasSubstr("the disk is full"));
  // It is cancelled all the same, and can be asked again.
  EXPECT_EQ(call.ReadLast().state(), v1::Download::STATE_CANCELLED);
  EXPECT_TRUE(CancelWhenStored("a", absl::OkStatus()).ok());
}

TEST_F(CancelTest, CancelOfWhatTheNextServerGoesOnWithIsRefused) {
  DownloadCall call(*stub_, Request("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  registry_->Drain();
  Client client;
  v1::CancelRequest request;
  request.set_download_id("a");
  v1::CancelResponse response;
  EXPECT_EQ(ReasonOfGrpc(stub_->Cancel(&client.context, request, &response)),
            v1::ERROR_REASON_SHUTTING_DOWN);
}

TEST_F(ServiceTest, RemoveIsAnsweredByTheStore) {
  DownloadCall call(*stub_, Request("a"));
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult{"abc", 1, true});
  call.ReadLast();
  store_.Hold();
  Client client;
  v1::RemoveRequest request;
  request.set_download_id("a");
  v1::RemoveResponse response;
  grpc::Status status;
  absl::Notification answered;
  stub_->async()->Remove(&client.context, &request, &response,
                         [&](const grpc::Status& answer) {
                           status = answer;
                           answered.Notify();
                         });
  while (registry_->Find("a").ok()) std::this_thread::yield();
  EXPECT_FALSE(answered.HasBeenNotified());
  store_.Answer(MakeError(v1::ERROR_REASON_STORAGE_FAILED, "it hangs"));
  answered.WaitForNotification();
  EXPECT_EQ(ReasonOfGrpc(status), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_THAT(status.error_message(), HasSubstr("is removed, but"));
}

TEST_F(ServiceTest, CancelAndRemoveOfUnknownIdsSaySo) {
  Client cancel;
  v1::CancelRequest cancel_request;
  cancel_request.set_download_id("nobody");
  v1::CancelResponse cancel_response;
  EXPECT_EQ(ReasonOfGrpc(stub_->Cancel(&cancel.context, cancel_request,
                                       &cancel_response)),
            v1::ERROR_REASON_DOWNLOAD_NOT_FOUND);
  Client remove;
  v1::RemoveResponse remove_response;
  EXPECT_EQ(ReasonOfGrpc(stub_->Remove(&remove.context, v1::RemoveRequest(),
                                       &remove_response)),
            v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(ServiceTest, RemoveForgets) {
  DownloadCall call(*stub_, Request("a"));
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult{"abc", 1, true});
  call.ReadLast();
  Client client;
  v1::RemoveRequest request;
  request.set_download_id("a");
  v1::RemoveResponse response;
  EXPECT_TRUE(stub_->Remove(&client.context, request, &response).ok());
  EXPECT_FALSE(registry_->Find("a").ok());
}

}  // namespace
}  // namespace localstore::server
