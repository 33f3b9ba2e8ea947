#include "fetcher/http/http_error.h"

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::HasSubstr;

Peer SomePeer() { return {"store.local", "10.1.0.5", 8080, "bn1"}; }

TEST(HttpErrorTest, NamesThePeer) {
  const absl::Status status =
      TransferError(CURLE_COULDNT_CONNECT, "", ECONNREFUSED, SomePeer());
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr("store.local (10.1.0.5 port 8080 on bridge "
                                 "bn1)"));
  EXPECT_THAT(message, HasSubstr("Connection refused"));
  EXPECT_EQ(MetadataOf(status, "address"), "10.1.0.5");
  EXPECT_EQ(MetadataOf(status, "port"), "8080");
}

TEST(HttpErrorTest, TellsKindsOfFailureApart) {
  const auto reason = [](CURLcode code) {
    return ReasonOf(TransferError(code, "text", 0, SomePeer()));
  };
  EXPECT_EQ(reason(CURLE_RECV_ERROR), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_EQ(reason(CURLE_PARTIAL_FILE), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_EQ(reason(CURLE_GOT_NOTHING), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_EQ(reason(CURLE_WEIRD_SERVER_REPLY), v1::ERROR_REASON_HTTP_PROTOCOL);
  EXPECT_EQ(reason(CURLE_HTTP2_STREAM), v1::ERROR_REASON_HTTP_PROTOCOL);
  EXPECT_EQ(reason(CURLE_FAILED_INIT), v1::ERROR_REASON_INTERNAL);
}

TEST(HttpErrorTest, AStatusHasItsCode) {
  const auto code = [](int status) {
    ResponseHead head;
    head.status = status;
    const absl::Status error =
        HttpStatusError(head, SomePeer(), absl::UnixEpoch());
    EXPECT_EQ(ReasonOf(error), v1::ERROR_REASON_HTTP_STATUS);
    return error.code();
  };
  EXPECT_EQ(code(404), absl::StatusCode::kNotFound);
  EXPECT_EQ(code(403), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code(429), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(503), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(400), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(204), absl::StatusCode::kFailedPrecondition);
}

TEST(HttpErrorTest, ContextAndSuffixKeepTheReason) {
  const absl::Status status =
      MakeError(v1::ERROR_REASON_STALLED, "silent", {{"k", "v"}});
  const absl::Status both = WithSuffix(InContext(status, "store"), " (again)");
  EXPECT_EQ(both.message(), "store: silent (again)");
  EXPECT_EQ(ReasonOf(both), v1::ERROR_REASON_STALLED);
  EXPECT_EQ(MetadataOf(both, "k"), "v");
  EXPECT_TRUE(InContext(absl::OkStatus(), "x").ok());
}

}  // namespace
}  // namespace localstore::fetcher
