#include "fetcher/credentials.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

DatastoreUrl Url(absl::string_view text) {
  return *DatastoreUrl::Parse(text, "url");
}

TEST(CredentialsTest, BuildsTheHeader) {
  const struct {
    const char* scheme;
    const char* value;
    const char* header;
  } kCases[] = {
      {"", "", ""},
      {"Basic", "dXNlcjpwYXNz", "Basic dXNlcjpwYXNz"},
      {"basic", "dXNlcg==", "basic dXNlcg=="},
      {"Bearer", "a.b-c_d~e+f/g=", "Bearer a.b-c_d~e+f/g="},
      {"Digest", "username=\"a b\", realm=\"c\"",
       "Digest username=\"a b\", realm=\"c\""},
      {"AWS4-HMAC-SHA256", "Credential=A/2024/s3, Signature=00",
       "AWS4-HMAC-SHA256 Credential=A/2024/s3, Signature=00"},
  };
  for (const auto& c : kCases) {
    const auto header = MakeAuthorization(c.scheme, c.value, "credentials");
    ASSERT_TRUE(header.ok()) << header.status();
    EXPECT_EQ(*header, c.header);
  }
}

TEST(CredentialsTest, RefusesWhatIsNoHeader) {
  const struct {
    std::string scheme;
    std::string value;
    const char* field;
  } kCases[] = {
      {"", "s3cret", "c.scheme"},
      {"Basic", "", "c.value"},
      {"Ba sic", "s3cret", "c.scheme"},
      {"Basic:", "s3cret", "c.scheme"},
      {"Basic\r\nX: y", "s3cret", "c.scheme"},
      {"B\xc3\xa4sic", "s3cret", "c.scheme"},
      {"X", "s3cret\r\nX: y", "c.value"},
      {"X", "s3cret\n", "c.value"},
      {"X", std::string("s3cret\0", 7), "c.value"},
      {"X", "s3cret\t", "c.value"},
      {"X", "s3cret\x7f", "c.value"},
      {"X", "s3cret\xff", "c.value"},
      {"X", " s3cret", "c.value"},
      {"X", "s3cret ", "c.value"},
      {"X", std::string(8193, 'a'), "c.value"},
      {"Basic", "user:s3cret", "c.value"},
      {"BASIC", "s3cret s3cret", "c.value"},
      {"Basic", "=", "c.value"},
      {"Bearer", "s3cret s3cret", "c.value"},
      {"Bearer", "s3=cret", "c.value"},
  };
  for (const auto& c : kCases) {
    const absl::Status status =
        MakeAuthorization(c.scheme, c.value, "c").status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST) << c.value;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat(c.field, ": ")));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("s3cret")));
  }
}

TEST(CredentialsTest, AreNotForClearHttpUnlessAllowed) {
  DatastoreAccess access;
  EXPECT_TRUE(CheckCredentials(access, Url("http://x.local/"), "c").ok());
  access.authorization = "Basic s3cret";
  EXPECT_TRUE(CheckCredentials(access, Url("https://x.local/"), "c").ok());
  const absl::Status status =
      CheckCredentials(access, Url("http://x.local/"), "c");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CREDENTIALS_OVER_HTTP);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MetadataOf(status, "host"), "x.local");
  EXPECT_THAT(status.ToString(), Not(HasSubstr("s3cret")));
  access.allow_credentials_over_http = true;
  EXPECT_TRUE(CheckCredentials(access, Url("http://x.local/"), "c").ok());
}

TEST(CredentialsTest, CannotCarryAnotherHeader) {
  DatastoreAccess access;
  for (const std::string& bad :
       {std::string("Basic s3cret\r\nX: y"), std::string("s3cret\n"),
        std::string("s3cret\0x", 8), std::string(" s3cret")}) {
    access.authorization = bad;
    const absl::Status status =
        CheckCredentials(access, Url("https://x.local/"), "c");
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST);
    EXPECT_THAT(status.ToString(), Not(HasSubstr("s3cret")));
  }
}

TEST(CredentialsTest, StayWithTheirOrigin) {
  DatastoreAccess access;
  access.authorization = "Bearer a";
  const DatastoreUrl asked = Url("https://x.local/a");
  EXPECT_EQ(AuthorizationFor(access, asked, Url("https://x.local:443/b")),
            "Bearer a");
  EXPECT_EQ(AuthorizationFor(access, asked, Url("https://y.local/a")), "");
  EXPECT_EQ(AuthorizationFor(access, asked, Url("https://x.local:8443/a")), "");
  EXPECT_EQ(AuthorizationFor(access, asked, Url("http://x.local/a")), "");
}

}  // namespace
}  // namespace localstore::fetcher
