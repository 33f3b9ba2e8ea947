#include "server/access/rpc_group.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::server {
namespace {

using google::protobuf::FileDescriptor;

// An RPC that is added gets a group, too.
TEST(RpcGroupTest, EveryRpcHasOne) {
  for (const FileDescriptor* file :
       {v1::DownloadRequest::descriptor()->file(),
        grpc::health::v1::HealthCheckRequest::descriptor()->file(),
        grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()
            ->file()}) {
    ASSERT_GT(file->service_count(), 0) << file->name();
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const std::string method =
            absl::StrCat("/", file->service(s)->full_name(), "/",
                         file->service(s)->method(m)->name());
        EXPECT_TRUE(GroupOfRpc(method).has_value()) << method;
      }
    }
  }
}

TEST(RpcGroupTest, WhatChangesSomethingIsNotForReaders) {
  const std::string service = "/localstore.v1.LocalDatastoreService/";
  EXPECT_EQ(GroupOfRpc(service + "Status"), RpcGroup::kRead);
  EXPECT_EQ(GroupOfRpc(service + "Download"), RpcGroup::kDownload);
  EXPECT_EQ(GroupOfRpc(service + "Cancel"), RpcGroup::kDownload);
  EXPECT_EQ(GroupOfRpc(service + "Remove"), RpcGroup::kAdmin);
  EXPECT_EQ(GroupOfRpc(service + "Format"), absl::nullopt);
}

TEST(RpcGroupTest, NamesAreThoseOfTheConfiguration) {
  for (const RpcGroup group :
       {RpcGroup::kRead, RpcGroup::kDownload, RpcGroup::kAdmin}) {
    EXPECT_EQ(ParseRpcGroup(RpcGroupName(group)), group);
  }
  EXPECT_EQ(ParseRpcGroup("open"), absl::nullopt);
  EXPECT_EQ(ParseRpcGroup(""), absl::nullopt);
}

}  // namespace
}  // namespace localstore::server
