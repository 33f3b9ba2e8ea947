#include "client/render/error_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Style kPlain{Charset::kUtf8, false};

TEST(RenderErrorTest, ShowsMessageReasonAndMetadataNotShownYet) {
  const std::string text = RenderError(
      ToRpcStatus(MakeError(v1::ERROR_REASON_HOST_NOT_FOUND,
                            "nobody on bn1 answers to a.local",
                            {{"host", "a.local"}, {"seen", "a-2.local"}})),
      kPlain);
  EXPECT_EQ(text,
            "error: nobody on bn1 answers to a.local [HOST_NOT_FOUND]\n"
            "  seen: a-2.local\n");
}

TEST(RenderErrorTest, ShowsEachWrongFieldOnALineOfItsOwn) {
  const std::string text = RenderError(
      ToRpcStatus(MakeBadRequest({{"host", "is empty"}, {"timeout", "is -1"}})),
      kPlain);
  EXPECT_EQ(text,
            "error: the request is not valid [INVALID_REQUEST]\n"
            "  host: is empty\n"
            "  timeout: is -1\n");
}

TEST(RenderErrorTest, NamesTheFlagBehindAFieldOfAnotherName) {
  const std::string text = RenderError(
      ToRpcStatus(
          MakeBadRequest({{"datastores[0].ca_certificates_pem", "is empty"},
                          {"max_bytes_per_second", "is -1"}})),
      kPlain);
  EXPECT_THAT(text, HasSubstr("datastores[0].ca_certificates_pem (--ca): is"));
  EXPECT_THAT(text, HasSubstr("  max_bytes_per_second (--limit_rate): is -1"));
}

TEST(RenderErrorTest, SaysWhenToTryAgain) {
  absl::Status status = MakeError(v1::ERROR_REASON_QUEUE_FULL, "full");
  SetRetryDelay(status, absl::Seconds(90));
  EXPECT_THAT(RenderError(ToRpcStatus(status), kPlain),
              HasSubstr("  try again in 1m30s\n"));
}

TEST(RenderErrorTest, SaysWhatToChangeWhereTheMessageDoesNot) {
  EXPECT_THAT(
      RenderError(ToRpcStatus(MakeError(v1::ERROR_REASON_DIGEST_MISMATCH,
                                        "the image has SHA-256 aa")),
                  kPlain),
      HasSubstr("[DIGEST_MISMATCH]\n  nothing is left at the "
                "destination; compare --sha256 with"));
  EXPECT_THAT(
      RenderError(ToRpcStatus(MakeError(v1::ERROR_REASON_HOST_NOT_LOCAL,
                                        "host: does not end in .local: \"x\"")),
                  kPlain),
      HasSubstr("as in store.local"));
  EXPECT_EQ(RenderError(ToRpcStatus(MakeError(
                            v1::ERROR_REASON_HOST_NOT_LOCAL,
                            "host \"x\" is none: give the App's name")),
                        kPlain),
            "error: host \"x\" is none: give the App's name "
            "[HOST_NOT_LOCAL]\n");
}

TEST(RenderErrorTest, NamesTheCodeWhereThereIsNoReason) {
  google::rpc::Status status;
  status.set_code(14);
  EXPECT_EQ(RenderError(status, kPlain), "error: no message [UNAVAILABLE]\n");
  status.set_code(99);
  EXPECT_THAT(RenderError(status, kPlain), HasSubstr("[code 99]"));
}

TEST(RenderErrorTest, KeepsTheLinesOfAMessage) {
  google::rpc::Status status;
  status.set_code(5);
  status.set_message("one\ntwo\n");
  EXPECT_EQ(RenderError(status, kPlain), "error: one [NOT_FOUND]\n  two\n");
}

TEST(RenderErrorTest, GivesEachSentenceALine) {
  google::rpc::Status status;
  status.set_code(5);
  status.set_message("Nobody answers. bn1 (10.1.0.1/24): 3 queries. Look.");
  EXPECT_EQ(RenderError(status, kPlain),
            "error: Nobody answers. [NOT_FOUND]\n  bn1 (10.1.0.1/24): 3 "
            "queries.\n  Look.\n");
}

TEST(RenderErrorTest, AListThatTheMessageShowsIsNotRepeated) {
  EXPECT_EQ(RenderError(ToRpcStatus(MakeError(v1::ERROR_REASON_HOST_NOT_FOUND,
                                              "neither bn1 nor bn2",
                                              {{"bridges", "bn1,bn2"}})),
                        kPlain),
            "error: neither bn1 nor bn2 [HOST_NOT_FOUND]\n");
}

TEST(RenderErrorTest, NothingFromElsewhereReachesTheTerminalRaw) {
  google::rpc::Status status =
      ToRpcStatus(MakeError(v1::ERROR_REASON_HTTP_STATUS, "\x1b[2Jm",
                            {{"a\x1b", "v\x07\n\x1b]0;t"}, {"host", "x"}}));
  status.add_details()->set_type_url("nonsense");
  const std::string text = RenderError(status, kPlain);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\x07")));
  EXPECT_THAT(text, HasSubstr("\\x1b[2Jm"));
  EXPECT_THAT(RenderErrorLine(status, kPlain), Not(HasSubstr("\x1b")));
}

TEST(RenderErrorTest, ColoursOnlyWhereWanted) {
  google::rpc::Status status;
  status.set_code(5);
  EXPECT_THAT(RenderError(status, Style{Charset::kUtf8, true}),
              HasSubstr("\x1b[31merror:\x1b[0m"));
}

}  // namespace
}  // namespace localstore::client
