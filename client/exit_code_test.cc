#include "client/exit_code.h"

#include <set>

#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

ExitCode ForReason(v1::ErrorReason reason) {
  return ExitCodeFor(ToRpcStatus(MakeError(reason, "x")));
}

TEST(ExitCodeTest, OnlySuccessIsZero) {
  EXPECT_EQ(ExitCodeFor(google::rpc::Status()), ExitCode::kOk);
  for (int code = 1; code < 100; ++code) {
    google::rpc::Status status;
    status.set_code(code);
    EXPECT_NE(ExitCodeFor(status), ExitCode::kOk) << code;
  }
  const auto* reasons = v1::ErrorReason_descriptor();
  for (int i = 1; i < reasons->value_count(); ++i) {
    EXPECT_NE(
        ForReason(static_cast<v1::ErrorReason>(reasons->value(i)->number())),
        ExitCode::kOk);
  }
}

TEST(ExitCodeTest, GoesByTheReason) {
  EXPECT_EQ(ForReason(v1::ERROR_REASON_HOST_NOT_FOUND), ExitCode::kNotFound);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_DIGEST_MISMATCH),
            ExitCode::kVerificationFailed);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_TLS_EXPIRED), ExitCode::kUntrusted);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_CONNECT_FAILED),
            ExitCode::kDatastoreUnavailable);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_NO_SPACE), ExitCode::kNoSpace);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_INVALID_REQUEST), ExitCode::kRefused);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_DOWNLOAD_CONFLICT), ExitCode::kRefused);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_QUEUE_FULL), ExitCode::kRefused);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_CANCELLED), ExitCode::kCancelled);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_DEADLINE_EXCEEDED), ExitCode::kTimeout);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_SHUTTING_DOWN),
            ExitCode::kServerUnavailable);
  EXPECT_EQ(ForReason(v1::ERROR_REASON_INTERNAL), ExitCode::kFailed);
}

TEST(ExitCodeTest, GoesByTheHttpStatus) {
  const auto with_code = [](absl::StatusCode code) {
    return ExitCodeFor(ToRpcStatus(
        MakeErrorWithCode(code, v1::ERROR_REASON_HTTP_STATUS, "x")));
  };
  EXPECT_EQ(with_code(absl::StatusCode::kNotFound), ExitCode::kNotFound);
  EXPECT_EQ(with_code(absl::StatusCode::kUnavailable),
            ExitCode::kDatastoreUnavailable);
  EXPECT_EQ(with_code(absl::StatusCode::kPermissionDenied), ExitCode::kRefused);
}

TEST(ExitCodeTest, GoesByTheGrpcCodeWhereThereIsNoReason) {
  EXPECT_EQ(ExitCodeFor(ToRpcStatus(absl::UnavailableError("x"))),
            ExitCode::kServerUnavailable);
  google::rpc::Status status;
  status.set_code(static_cast<int>(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ExitCodeFor(status), ExitCode::kServerUnavailable);
}

TEST(ExitCodeTest, EveryCodeHasOneMeaning) {
  std::set<int> codes;
  for (const ExitCodeMeaning& entry : ExitCodeMeanings()) {
    EXPECT_TRUE(codes.insert(static_cast<int>(entry.code)).second);
    EXPECT_FALSE(entry.meaning.empty());
  }
}

}  // namespace
}  // namespace localstore::client
