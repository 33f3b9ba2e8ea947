#include "client/connection/rpc_error.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

grpc::Status Sent(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()),
                      ToRpcStatus(status).SerializeAsString());
}

TEST(ToRpcErrorTest, KeepsTheDetails) {
  const google::rpc::Status error = ToRpcError(
      Sent(MakeError(v1::ERROR_REASON_NO_BRIDGE, "none", {{"a", "b"}})), "s");
  EXPECT_EQ(error.message(), "none");
  EXPECT_EQ(ReasonOf(FromRpcStatus(error)), v1::ERROR_REASON_NO_BRIDGE);
  EXPECT_FALSE(IsConnectionLoss(error));
}

TEST(ToRpcErrorTest, DetailsThatContradictTheStatusCountForNothing) {
  const grpc::Status status(grpc::StatusCode::INTERNAL, "real",
                            google::rpc::Status().SerializeAsString());
  EXPECT_EQ(ToRpcError(status, "s").message(), "real");
  const grpc::Status garbled(grpc::StatusCode::INTERNAL, "real", "\xff\xff");
  EXPECT_EQ(ToRpcError(garbled, "s").code(), 13);
}

TEST(ToRpcErrorTest, AMessageThatIsNoUtf8IsMadeOne) {
  const grpc::Status status(grpc::StatusCode::INTERNAL, "bad \xff byte");
  EXPECT_EQ(ToRpcError(status, "s").message(), "bad \\xff byte");
}

TEST(ToRpcErrorTest, SaysWhatToLookAtWhereTheServerIsNotReached) {
  const auto message = [](const char* text) {
    return ToRpcError(grpc::Status(grpc::StatusCode::UNAVAILABLE, text),
                      "unix:/x")
        .message();
  };
  EXPECT_THAT(message("failed to connect to all addresses; last error: "
                      "UNKNOWN: unix:/x: No such file or directory"),
              HasSubstr("cannot reach the server at unix:/x: No such file or "
                        "directory; is localstored running"));
  EXPECT_THAT(message("Permission denied"), HasSubstr("sudo"));
  EXPECT_THAT(message("Ssl handshake failed"), HasSubstr("--tls_ca"));
  EXPECT_THAT(message("Ssl handshake failed: wrong version number"),
              HasSubstr("leave the --tls flags out"));
  EXPECT_THAT(message("empty address list: "), HasSubstr("do not fit"));
  EXPECT_THAT(message("Peer name x is not in peer certificate"),
              HasSubstr("--tls_server_name"));
  EXPECT_THAT(message("Socket closed"), HasSubstr("may want TLS"));
}

TEST(IsConnectionLossTest, IsNotWhatTheServerSays) {
  google::rpc::Status error;
  error.set_code(14);
  EXPECT_TRUE(IsConnectionLoss(error));
  error.set_code(1);
  EXPECT_TRUE(IsConnectionLoss(error));
  error.set_code(4);
  EXPECT_FALSE(IsConnectionLoss(error));
  EXPECT_FALSE(IsConnectionLoss(
      ToRpcStatus(MakeError(v1::ERROR_REASON_CANCELLED, "by the caller"))));
  EXPECT_TRUE(IsConnectionLoss(
      ToRpcStatus(MakeError(v1::ERROR_REASON_SHUTTING_DOWN, "going"))));
  EXPECT_FALSE(IsConnectionLoss(
      ToRpcStatus(MakeError(v1::ERROR_REASON_STALLED, "slow"))));
}

}  // namespace
}  // namespace localstore::client
