#include "server/access/rpc_group.h"

namespace localstore::server {
namespace {

struct Entry {
  absl::string_view method;
  RpcGroup group;
};

constexpr Entry kGroups[] = {
    {"/localstore.v1.LocalDatastoreService/Resolve", RpcGroup::kRead},
    {"/localstore.v1.LocalDatastoreService/Browse", RpcGroup::kRead},
    {"/localstore.v1.LocalDatastoreService/Watch", RpcGroup::kRead},
    {"/localstore.v1.LocalDatastoreService/Status", RpcGroup::kRead},
    {"/localstore.v1.LocalDatastoreService/Download", RpcGroup::kDownload},
    {"/localstore.v1.LocalDatastoreService/Cancel", RpcGroup::kDownload},
    {"/localstore.v1.LocalDatastoreService/Remove", RpcGroup::kAdmin},
    {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
     RpcGroup::kRead},
    {"/grpc.health.v1.Health/Check", RpcGroup::kOpen},
    {"/grpc.health.v1.Health/Watch", RpcGroup::kOpen},
};

}  // namespace

absl::string_view RpcGroupName(RpcGroup group) {
  switch (group) {
    case RpcGroup::kOpen:
      return "open";
    case RpcGroup::kRead:
      return "read";
    case RpcGroup::kDownload:
      return "download";
    case RpcGroup::kAdmin:
      break;
  }
  return "admin";
}

absl::optional<RpcGroup> ParseRpcGroup(absl::string_view name) {
  for (const RpcGroup group :
       {RpcGroup::kRead, RpcGroup::kDownload, RpcGroup::kAdmin}) {
    if (name == RpcGroupName(group)) return group;
  }
  return absl::nullopt;
}

absl::optional<RpcGroup> GroupOfRpc(absl::string_view method) {
  for (const Entry& entry : kGroups) {
    if (entry.method == method) return entry.group;
  }
  return absl::nullopt;
}

}  // namespace localstore::server
