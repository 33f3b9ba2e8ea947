#include "fetcher/retry_policy.h"

#include "fetcher/http/http_error.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

absl::Status Http(int status, const std::string& retry_after = "") {
  ResponseHead head;
  head.status = status;
  if (!retry_after.empty()) head.fields = {{"retry-after", retry_after}};
  return HttpStatusError(head, Peer(), absl::UnixEpoch());
}

TEST(RetryPolicyTest, WhatMayPassIsRetried) {
  for (const v1::ErrorReason reason :
       {v1::ERROR_REASON_HOST_NOT_FOUND, v1::ERROR_REASON_NO_BRIDGE,
        v1::ERROR_REASON_CONNECT_FAILED, v1::ERROR_REASON_STALLED,
        v1::ERROR_REASON_AMBIGUOUS_HOST}) {
    EXPECT_EQ(JudgeRetry(MakeError(reason, "")), RetryVerdict::kRetry)
        << ReasonName(reason);
  }
  for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(JudgeRetry(Http(status)), RetryVerdict::kRetry) << status;
  }
}

TEST(RetryPolicyTest, WhatHardlyPassesIsRetriedOnce) {
  EXPECT_EQ(JudgeRetry(MakeError(v1::ERROR_REASON_HTTP_PROTOCOL, "")),
            RetryVerdict::kRetryOnce);
}

TEST(RetryPolicyTest, NoSpaceForWhatWasAnnouncedIsTheSources) {
  EXPECT_EQ(JudgeRetry(MakeError(v1::ERROR_REASON_NO_SPACE, "",
                                 {{kAnnouncedBytesKey, "5"}})),
            RetryVerdict::kNextSource);
}

TEST(RetryPolicyTest, WhatIsTheSourcesIsLeftToTheNextOne) {
  for (const v1::ErrorReason reason :
       {v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN,
        v1::ERROR_REASON_TLS_IDENTITY_MISMATCH, v1::ERROR_REASON_TLS_EXPIRED,
        v1::ERROR_REASON_TLS_FAILED, v1::ERROR_REASON_DIGEST_MISMATCH,
        v1::ERROR_REASON_SIZE_MISMATCH, v1::ERROR_REASON_TOO_LARGE,
        v1::ERROR_REASON_REDIRECT_REFUSED, v1::ERROR_REASON_INVALID_REQUEST}) {
    EXPECT_EQ(JudgeRetry(MakeError(reason, "")), RetryVerdict::kNextSource)
        << ReasonName(reason);
  }
  for (const int status : {300, 400, 401, 403, 404, 410, 416, 451}) {
    EXPECT_EQ(JudgeRetry(Http(status)), RetryVerdict::kNextSource) << status;
  }
}

TEST(RetryPolicyTest, WhatIsOursIsNobodys) {
  for (const v1::ErrorReason reason :
       {v1::ERROR_REASON_NO_SPACE, v1::ERROR_REASON_STORAGE_FAILED,
        v1::ERROR_REASON_DESTINATION_EXISTS, v1::ERROR_REASON_INTERNAL}) {
    EXPECT_EQ(JudgeRetry(MakeError(reason, "")), RetryVerdict::kGiveUp)
        << ReasonName(reason);
  }
}

TEST(RetryPolicyTest, TheRequestedDelayIsBounded) {
  const absl::Duration limit = absl::Minutes(5);
  EXPECT_EQ(RequestedDelay(Http(503, "7"), limit), absl::Seconds(7));
  EXPECT_EQ(RequestedDelay(Http(503, "Thu, 01 Jan 1970 00:00:09 GMT"), limit),
            absl::Seconds(9));
  EXPECT_EQ(RequestedDelay(Http(503, "999999999999"), limit), limit);
  EXPECT_EQ(RequestedDelay(Http(503), limit), absl::ZeroDuration());
  EXPECT_EQ(RequestedDelay(Http(503, "soon"), limit), absl::ZeroDuration());
  EXPECT_EQ(RequestedDelay(Http(404, "7"), limit), absl::ZeroDuration());
  EXPECT_EQ(
      RequestedDelay(MakeError(v1::ERROR_REASON_CONNECT_FAILED, ""), limit),
      absl::ZeroDuration());
}

}  // namespace
}  // namespace localstore::fetcher
