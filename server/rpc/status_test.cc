// Status.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/rpc/service_fixture.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST_F(ServiceTest, StatusShowsServerBridgesAndDownloads) {
  resolver::BridgeState bridge;
  bridge.name = "bn1";
  bridge.up = true;
  resolver_.SetBridges({bridge});
  DownloadCall call(*stub_, Request("a"));
  call.Read();
  Client client;
  v1::StatusResponse response;
  ASSERT_TRUE(
      stub_->Status(&client.context, v1::StatusRequest(), &response).ok());
  EXPECT_FALSE(response.version().empty());
  EXPECT_TRUE(response.has_start_time());
  EXPECT_EQ(response.bridges(0).name(), "bn1");
  ASSERT_THAT(response.downloads(), SizeIs(1));
  EXPECT_EQ(response.downloads(0).download_id(), "a");
  EXPECT_EQ(response.download_dir_free_bytes(), 12345);
  EXPECT_EQ(response.next_page_token(), "");
}

TEST_F(ServiceTest, StatusComesInPages) {
  std::vector<std::unique_ptr<DownloadCall>> calls;
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    calls.push_back(std::make_unique<DownloadCall>(*stub_, Request(id)));
    calls.back()->Read();
  }
  std::vector<std::string> ids;
  v1::StatusRequest request;
  request.set_page_size(2);
  int pages = 0;
  do {
    Client client;
    v1::StatusResponse response;
    ASSERT_TRUE(stub_->Status(&client.context, request, &response).ok());
    for (const auto& download : response.downloads()) {
      ids.push_back(download.download_id());
    }
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);
  EXPECT_THAT(ids, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(pages, 3);
}

TEST_F(ServiceTest, StatusOfSomeDownloads) {
  DownloadCall a(*stub_, Request("a"));
  DownloadCall b(*stub_, Request("b"));
  a.Read();
  b.Read();
  v1::StatusRequest request;
  request.add_download_ids("b");
  Client client;
  v1::StatusResponse response;
  ASSERT_TRUE(stub_->Status(&client.context, request, &response).ok());
  ASSERT_THAT(response.downloads(), SizeIs(1));
  EXPECT_EQ(response.downloads(0).download_id(), "b");
}

TEST_F(ServiceTest, StatusOfSomeDownloadsComesInPagesToo) {
  std::vector<std::unique_ptr<DownloadCall>> calls;
  for (const char* id : {"a", "b", "c", "d"}) {
    calls.push_back(std::make_unique<DownloadCall>(*stub_, Request(id)));
    calls.back()->Read();
  }
  v1::StatusRequest request;
  for (const char* id : {"d", "b", "a", "d"}) request.add_download_ids(id);
  request.set_page_size(2);
  std::vector<std::string> ids;
  for (int page = 0; page < 2; ++page) {
    Client client;
    v1::StatusResponse response;
    ASSERT_TRUE(stub_->Status(&client.context, request, &response).ok());
    for (const auto& download : response.downloads()) {
      ids.push_back(download.download_id());
    }
    request.set_page_token(response.next_page_token());
  }
  EXPECT_THAT(ids, ElementsAre("a", "b", "d"));
  EXPECT_EQ(request.page_token(), "");
}

// What is removed or begun between two pages moves nothing else.
TEST_F(ServiceTest, PagesStayInPlaceWhileDownloadsComeAndGo) {
  std::vector<std::unique_ptr<DownloadCall>> calls;
  for (const char* id : {"a", "b", "c", "d"}) {
    calls.push_back(std::make_unique<DownloadCall>(*stub_, Request(id)));
    calls.back()->Read();
  }
  v1::StatusRequest request;
  request.set_page_size(2);
  Client first;
  v1::StatusResponse response;
  ASSERT_TRUE(stub_->Status(&first.context, request, &response).ok());
  for (const char* id : {"a", "b"}) {  // the token's own among them
    ASSERT_TRUE(registry_->Cancel(id, false).ok());
    const auto job = *registry_->Find(id);
    while (!job->ended()) std::this_thread::yield();
    registry_->Remove(id, false, [](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  calls.push_back(std::make_unique<DownloadCall>(*stub_, Request("e")));
  calls.back()->Read();
  std::vector<std::string> ids;
  while (!response.next_page_token().empty()) {
    request.set_page_token(response.next_page_token());
    Client next;
    response.Clear();
    ASSERT_TRUE(stub_->Status(&next.context, request, &response).ok());
    for (const auto& download : response.downloads()) {
      ids.push_back(download.download_id());
    }
  }
  EXPECT_THAT(ids, ElementsAre("c", "d", "e"));
}

TEST_F(ServiceTest, StatusRefusesAForeignPageToken) {
  for (const char* token : {"x", "YWZ0ZXI6eA", "!!"}) {
    v1::StatusRequest request;
    request.set_page_token(token);
    request.set_page_size(-1);
    Client client;
    v1::StatusResponse response;
    EXPECT_EQ(ReasonOfGrpc(stub_->Status(&client.context, request, &response)),
              v1::ERROR_REASON_INVALID_REQUEST);
  }
}

}  // namespace
}  // namespace localstore::server
