#include "fetcher/datastore_url.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
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
  absl::StatusOr<DatastoreUrl> url = DatastoreUrl::Parse(text, "url");
  EXPECT_TRUE(url.ok()) << text << ": " << url.status();
  return *std::move(url);
}

google::rpc::BadRequest BadRequestOf(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  const google::rpc::Status rpc_status = ToRpcStatus(status);
  for (const auto& detail : rpc_status.details()) {
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&bad_request);
  }
  return bad_request;
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  const google::rpc::BadRequest bad_request = BadRequestOf(status);
  for (const auto& violation : bad_request.field_violations()) {
    fields.push_back(violation.field());
  }
  return fields;
}

TEST(DatastoreUrlTest, AcceptsAndNormalises) {
  const struct {
    const char* text;
    const char* scheme;
    const char* host;
    int port;
    const char* target;
    const char* shown;
  } kCases[] = {
      {"http://x.local/a", "http", "x.local", 0, "/a", "http://x.local/a"},
      {"HTTPS://X.LOCAL/A", "https", "x.local", 0, "/A", "https://x.local/A"},
      {"hTtP://Ubuntu-4321-HTTP-Server.Local./a", "http",
       "ubuntu-4321-http-server.local", 0, "/a",
       "http://ubuntu-4321-http-server.local/a"},
      {"http://x.local", "http", "x.local", 0, "/", "http://x.local/"},
      {"http://x.local?s=1", "http", "x.local", 0, "/?s=1",
       "http://x.local/?s=1"},
      {"http://x.local/?", "http", "x.local", 0, "/?", "http://x.local/?"},
      {"http://x.local:1/", "http", "x.local", 1, "/", "http://x.local:1/"},
      {"http://x.local:65535/", "http", "x.local", 65535, "/",
       "http://x.local:65535/"},
      {"http://x.local:80/", "http", "x.local", 80, "/", "http://x.local:80/"},
      {"http://x.local:08080/", "http", "x.local", 8080, "/",
       "http://x.local:8080/"},
      {"http://x.local:/", "http", "x.local", 0, "/", "http://x.local/"},
      {"http://a.b.local/", "http", "a.b.local", 0, "/", "http://a.b.local/"},
      {"http://10.1.0.5.local/", "http", "10.1.0.5.local", 0, "/",
       "http://10.1.0.5.local/"},
      {"http://a_b-.local/", "http", "a_b-.local", 0, "/",
       "http://a_b-.local/"},
      {"http://x.local/a%2Fb%2fc%20d%00", "http", "x.local", 0,
       "/a%2Fb%2fc%20d%00", "http://x.local/a%2Fb%2fc%20d%00"},
      {"http://x.local/a//b/", "http", "x.local", 0, "/a//b/",
       "http://x.local/a//b/"},
      {"http://x.local/.a/..b/c../...", "http", "x.local", 0, "/.a/..b/c../...",
       "http://x.local/.a/..b/c../..."},
      {"http://x.local/a;p=1,2:3@4!$&'()*+~", "http", "x.local", 0,
       "/a;p=1,2:3@4!$&'()*+~", "http://x.local/a;p=1,2:3@4!$&'()*+~"},
      {"http://x.local/a?X-Sig=a%2Bb/c+d==&k[0]=../..?&&%7E~", "http",
       "x.local", 0, "/a?X-Sig=a%2Bb/c+d==&k[0]=../..?&&%7E~",
       "http://x.local/a?X-Sig=a%2Bb/c+d==&k[0]=../..?&&%7E~"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const DatastoreUrl url = Url(c.text);
    EXPECT_EQ(url.scheme(), c.scheme);
    EXPECT_EQ(url.host(), c.host);
    EXPECT_EQ(url.named_port(), c.port);
    EXPECT_EQ(url.RequestTarget(), c.target);
    EXPECT_EQ(url.ToString(), c.shown);
    EXPECT_EQ(Url(url.ToString()), url);
  }
}

TEST(DatastoreUrlTest, AcceptsTheLongestNames) {
  const std::string label(63, 'a');
  const std::string host = absl::StrCat(label, ".", label, ".", label, ".",
                                        std::string(55, 'b'), ".local");
  ASSERT_EQ(host.size(), 253u);
  EXPECT_EQ(Url(absl::StrCat("http://", host, "./")).host(), host);
  const std::string longest =
      absl::StrCat("http://x.local/", std::string(kMaxUrlBytes - 15, 'a'));
  ASSERT_EQ(longest.size(), kMaxUrlBytes);
  EXPECT_EQ(Url(longest).ToString(), longest);
}

TEST(DatastoreUrlTest, RefusesWithReason) {
  const auto invalid = v1::ERROR_REASON_INVALID_REQUEST;
  const auto not_local = v1::ERROR_REASON_HOST_NOT_LOCAL;
  const std::string label(63, 'a');
  const struct {
    std::string text;
    v1::ErrorReason reason;
    const char* why;
  } kCases[] = {
      {"", invalid, "is empty"},
      {std::string(kMaxUrlBytes + 1, 'a'), invalid, "8193 bytes long"},
      {"x.local/a", invalid, "no scheme"},
      {"//x.local/a", invalid, "no scheme"},
      {"/a", invalid, "no scheme"},
      {"ftp://x.local/a", invalid, "scheme other than"},
      {"file:///etc/passwd", invalid, "scheme other than"},
      {"httpss://x.local/", invalid, "scheme other than"},
      {"x.local:80/a", invalid, "scheme other than"},
      {"http:x.local/a", invalid, "no \"//\""},
      {"http:/x.local/a", invalid, "no \"//\""},
      {"http://", invalid, "no host"},
      {"http:///a", invalid, "no host"},
      {"http://:80/a", invalid, "no host"},
      {"http://./a", invalid, "no host"},
      {"http://x.local:0/", invalid, "port"},
      {"http://x.local:65536/", invalid, "port"},
      {"http://x.local:99999999999999999999/", invalid, "port"},
      {"http://x.local:-1/", invalid, "port"},
      {"http://x.local:+1/", invalid, "port"},
      {"http://x.local:8o/", invalid, "port"},
      {"http://x.local:1:2/", invalid, "port"},
      {"http://x.local/a#b", invalid, "\"#\" at byte 16"},
      {"http://x.local/a b", invalid, "write it %20"},
      {"http://x.local/a\tb", invalid, "write it %09"},
      {"http://x.local/a\r\nHost: y", invalid, "write it %0D"},
      {std::string("http://x.local/a\0b", 18), invalid, "write it %00"},
      {"http://x.local/a\x7f", invalid, "write it %7F"},
      {"http://x.local/\xc3\xa4", invalid, "write it %C3"},
      {"http://x.local\\@y.local/", invalid, "write it %5C"},
      {"http://x.local/{a}", invalid, "write it %7B"},
      {"http://x.local/a[0]", invalid, "bracket"},
      {"http://x.local/a%", invalid, "\"%\" at byte 16"},
      {"http://x.local/a%4", invalid, "\"%\""},
      {"http://x.local/a%zz", invalid, "\"%\""},
      {"http://x.local/?a=%4", invalid, "\"%\""},
      {"http://x%2elocal/", invalid, "character in its host"},
      {"http://x!.local/", invalid, "character in its host"},
      {"http://x.local/a/../b", invalid, "segment"},
      {"http://x.local/..", invalid, "segment"},
      {"http://x.local/./a", invalid, "segment"},
      {"http://x.local/%2e%2E/a", invalid, "segment"},
      {"http://x.local/.%2e", invalid, "segment"},
      {"http://x.local/a%2f..%2Fb", invalid, "segment"},
      {"http://x.local/a%5c..", invalid, "segment"},
      {"http://user:s3cret@x.local/", invalid, "user-info"},
      {"http://s3cret@x.local/", invalid, "user-info"},
      {"http://@x.local/", invalid, "user-info"},
      {"http://x.local:s3cret@evil.example/", invalid, "user-info"},
      {"http://[::1]/", not_local, "IP address"},
      {"http://[fe80::1%25br0]:80/", not_local, "IP address"},
      {"http://10.1.0.5/", not_local, "IP address"},
      {"http://10.1.0.5./", not_local, "IP address"},
      {"http://2130706433/", not_local, "not a name under .local"},
      {"http://localhost/", not_local, "not a name under .local"},
      {"http://example.com/", not_local, "\"example.com\""},
      {"http://x.local.example.com/", not_local, "not a name under .local"},
      {"http://xlocal/", not_local, "not a name under .local"},
      {"http://x-local/", not_local, "not a name under .local"},
      {"http://x.locale/", not_local, "not a name under .local"},
      {"http://local/", not_local, "not a name under .local"},
      {"http://local./", not_local, "not a name under .local"},
      {"http://.local/", not_local, "empty label"},
      {"http://a..local/", not_local, "empty label"},
      {"http://.a.local/", not_local, "empty label"},
      {"http://a.local../", not_local, "not a name under .local"},
      {absl::StrCat("http://", label, "a.local/"), not_local, "63"},
      {absl::StrCat("http://", label, ".", label, ".", label, ".",
                    std::string(56, 'b'), ".local/"),
       not_local, "253"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text.substr(0, 80));
    const absl::Status status =
        DatastoreUrl::Parse(c.text, "sources[2].url").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(ReasonOf(status), c.reason) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.why));
    EXPECT_THAT(FieldsOf(status), ::testing::ElementsAre("sources[2].url"));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
    EXPECT_LE(status.message().size(), 512u);
  }
}

TEST(DatastoreUrlTest, JoinsWithOneSlashAndUntouchedEscapes) {
  const struct {
    const char* fqdn;
    const char* dpath;
    const char* image;
    const char* url;
  } kCases[] = {
      {"x.local", "", "a.img", "http://x.local/a.img"},
      {"X.Local.", "/", "/a.img", "http://x.local/a.img"},
      {"x.local:8080", "images", "a.img", "http://x.local:8080/images/a.img"},
      {"http://x.local:8080", "/images/", "/a.img",
       "http://x.local:8080/images/a.img"},
      {"https://x.local/", "//images//v1//", "//a.img",
       "https://x.local/images//v1/a.img"},
      {"HTTPS://x.local", "a%2Fb", "c%20d.img?sig=%2B/..&x=1",
       "https://x.local/a%2Fb/c%20d.img?sig=%2B/..&x=1"},
      {"x.local", "d", "a.img?", "http://x.local/d/a.img?"},
      {"x.local", "d", "a.img?a?b", "http://x.local/d/a.img?a?b"},
      {"x.local", "d", "dir/", "http://x.local/d/dir/"},
      {"x.local", "d", "http://evil.example/a",
       "http://x.local/d/http://evil.example/a"},
      {"x.local", "", "//evil.example/a", "http://x.local/evil.example/a"},
      {"x.local", "d", "a@b:c", "http://x.local/d/a@b:c"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.url);
    const absl::StatusOr<DatastoreUrl> url =
        DatastoreUrl::Join({c.fqdn, c.dpath, c.image});
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->ToString(), c.url);
    EXPECT_EQ(Url(c.url), *url);
  }
}

TEST(DatastoreUrlTest, TakesADatastoreAlone) {
  const struct {
    const char* fqdn;
    const char* url;
  } kGood[] = {
      {"store.local", "http://store.local/"},
      {"Store.local.:8080", "http://store.local:8080/"},
      {"https://store.local/", "https://store.local/"},
  };
  for (const auto& c : kGood) {
    const auto url = DatastoreUrl::ParseFqdn(c.fqdn, "f");
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->ToString(), c.url);
  }
  for (const char* fqdn : {"", "store.local/images", "store.local?a=b"}) {
    const absl::Status status = DatastoreUrl::ParseFqdn(fqdn, "f").status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST) << fqdn;
    EXPECT_THAT(FieldsOf(status), ::testing::ElementsAre("f"));
  }
  EXPECT_EQ(ReasonOf(DatastoreUrl::ParseFqdn("store.example", "f").status()),
            v1::ERROR_REASON_HOST_NOT_LOCAL);
}

TEST(DatastoreUrlTest, JoinReportsEveryPartThatIsWrong) {
  const struct {
    std::string fqdn;
    std::string dpath;
    std::string image;
    v1::ErrorReason reason;
    std::vector<std::string> fields;
  } kCases[] = {
      {"", "", "a", v1::ERROR_REASON_INVALID_REQUEST, {"f"}},
      {"x.local/a", "", "a", v1::ERROR_REASON_INVALID_REQUEST, {"f"}},
      {"x.local?a", "", "a", v1::ERROR_REASON_INVALID_REQUEST, {"f"}},
      {"x.local#a", "", "a", v1::ERROR_REASON_INVALID_REQUEST, {"f"}},
      {"s3cret@x.local", "", "a", v1::ERROR_REASON_INVALID_REQUEST, {"f"}},
      {"ftp://x.local", "", "a", v1::ERROR_REASON_INVALID_REQUEST, {"f"}},
      {"//x.local", "", "a", v1::ERROR_REASON_INVALID_REQUEST, {"f"}},
      {"example.com", "", "a", v1::ERROR_REASON_HOST_NOT_LOCAL, {"f"}},
      {"x.local", "a?b", "a", v1::ERROR_REASON_INVALID_REQUEST, {"d"}},
      {"x.local", "a/..", "a", v1::ERROR_REASON_INVALID_REQUEST, {"d"}},
      {"x.local", "..", "a", v1::ERROR_REASON_INVALID_REQUEST, {"d"}},
      {"x.local", "a b", "a", v1::ERROR_REASON_INVALID_REQUEST, {"d"}},
      {"x.local", "", "", v1::ERROR_REASON_INVALID_REQUEST, {"i"}},
      {"x.local", "", "/", v1::ERROR_REASON_INVALID_REQUEST, {"i"}},
      {"x.local", "", "?a", v1::ERROR_REASON_INVALID_REQUEST, {"i"}},
      {"x.local", "d", "../a", v1::ERROR_REASON_INVALID_REQUEST, {"i"}},
      {"x.local", "d", "%2e%2e/a", v1::ERROR_REASON_INVALID_REQUEST, {"i"}},
      {"x.local", "d", "a\nb", v1::ERROR_REASON_INVALID_REQUEST, {"i"}},
      {"x.local", "d", "a#b", v1::ERROR_REASON_INVALID_REQUEST, {"i"}},
      {"x.local",
       "d",
       std::string(kMaxUrlBytes, 'a'),
       v1::ERROR_REASON_INVALID_REQUEST,
       {"i"}},
      {"10.0.0.1", "#", "", v1::ERROR_REASON_HOST_NOT_LOCAL, {"f", "d", "i"}},
      {"x.local", "#", "", v1::ERROR_REASON_INVALID_REQUEST, {"d", "i"}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.fqdn, " ", c.dpath, " ", c.image.substr(0, 9)));
    const absl::Status status =
        DatastoreUrl::Join({c.fqdn, c.dpath, c.image, "f", "d", "i"}).status();
    EXPECT_EQ(ReasonOf(status), c.reason) << status;
    EXPECT_EQ(FieldsOf(status), c.fields) << status;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
  }
}

TEST(DatastoreUrlTest, PutsTheAddressInPlaceOfTheHost) {
  const struct {
    const char* url;
    const char* address;
    int port;
    const char* effective;
  } kCases[] = {
      {"http://x.local/a?b", "10.1.0.5", 80, "http://10.1.0.5/a?b"},
      {"https://x.local/a", "10.1.0.5", 443, "https://10.1.0.5/a"},
      {"http://x.local/a", "10.1.0.5", 8080, "http://10.1.0.5:8080/a"},
      {"http://x.local:80/a", "10.1.0.5", 80, "http://10.1.0.5:80/a"},
      {"http://x.local:8080/a", "fe80::5", 8080, "http://[fe80::5]:8080/a"},
      {"http://x.local/a", "fe80::5%br-1", 80, "http://[fe80::5]/a"},
      {"http://x.local/a", "::ffff:10.1.0.5", 80, "http://[::ffff:10.1.0.5]/a"},
  };
  for (const auto& c : kCases) {
    const absl::StatusOr<std::string> effective =
        Url(c.url).WithAddress(c.address, c.port);
    ASSERT_TRUE(effective.ok()) << effective.status();
    EXPECT_EQ(*effective, c.effective);
  }
  for (const std::string& address :
       {std::string(), std::string("x.local"), std::string("10.1.0"),
        std::string("10.1.0.5/x"), std::string("%br0"),
        std::string("10.1.0.5\0x", 10)}) {
    EXPECT_EQ(
        ReasonOf(Url("http://x.local/").WithAddress(address, 80).status()),
        v1::ERROR_REASON_INTERNAL)
        << address;
  }
  EXPECT_FALSE(Url("http://x.local/").WithAddress("10.1.0.5", 0).ok());
  EXPECT_FALSE(Url("http://x.local/").WithAddress("10.1.0.5", 65536).ok());
}

TEST(DatastoreUrlTest, ChoosesThePort) {
  EXPECT_EQ(Url("http://x.local/").PortOr(0), 80);
  EXPECT_EQ(Url("https://x.local/").PortOr(0), 443);
  EXPECT_EQ(Url("http://x.local/").PortOr(8000), 8000);
  EXPECT_EQ(Url("http://x.local:81/").PortOr(8000), 81);
}

TEST(DatastoreUrlTest, HidesTheQuerysValues) {
  EXPECT_EQ(Url("http://x.local/a").Redacted(), "http://x.local/a");
  EXPECT_EQ(Url("http://x.local:1/a?sig=s3cret&x=&s3cret&b=c=d").Redacted(),
            "http://x.local:1/a?sig=***&x=***&***&b=***");
  EXPECT_EQ(Url("http://x.local/a?").Redacted(), "http://x.local/a?***");
}

TEST(DatastoreUrlTest, NamesTheFile) {
  const struct {
    const char* path;
    const char* name;
  } kGood[] = {
      {"/a.img", "a.img"},
      {"/d/a.img?b=/c", "a.img"},
      {"/d/a%20b%25.img", "a b%.img"},
      {"/%C3%A4.img", "\xc3\xa4.img"},
      {"/%F0%9F%98%80", "\xf0\x9f\x98\x80"},
      {"/..a", "..a"},
      {"/a+b", "a+b"},
  };
  for (const auto& c : kGood) {
    const auto name = Url(absl::StrCat("http://x.local", c.path)).FileName();
    ASSERT_TRUE(name.ok()) << name.status();
    EXPECT_EQ(*name, c.name);
  }
  const std::string bad[] = {"/",
                             "/d/",
                             "",
                             "/a%2fb",
                             "/a%5cb",
                             "/a%00b",
                             "/a%0ab",
                             "/a%7f",
                             "/%ff",
                             "/%c0%af",
                             "/%c3",
                             "/%ed%a0%80",
                             "/%f4%90%80%80",
                             "/%e0%80%af",
                             "/%80",
                             absl::StrCat("/", std::string(256, 'a'))};
  for (const std::string& path : bad) {
    const absl::Status status =
        Url(absl::StrCat("http://x.local", path)).FileName().status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_DESTINATION_INVALID) << path;
    EXPECT_THAT(FieldsOf(status), ::testing::ElementsAre("destination"));
  }
}

TEST(DatastoreUrlTest, ComparesOrigins) {
  EXPECT_TRUE(SameOrigin(Url("http://x.local/a"), Url("http://X.local.:80/b")));
  EXPECT_TRUE(SameOrigin(Url("https://x.local"), Url("https://x.local:443")));
  EXPECT_FALSE(SameOrigin(Url("http://x.local"), Url("https://x.local")));
  EXPECT_FALSE(SameOrigin(Url("http://x.local"), Url("http://x.local:81")));
  EXPECT_FALSE(SameOrigin(Url("http://x.local"), Url("http://y.local")));
}

}  // namespace
}  // namespace localstore::fetcher
