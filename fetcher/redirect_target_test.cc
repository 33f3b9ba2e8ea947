#include "fetcher/redirect_target.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RedirectTargetTest, ResolvesAgainstTheBase) {
  const struct {
    const char* base;
    const char* location;
    const char* target;
  } kCases[] = {
      // RFC 3986, section 5.4.1 and 5.4.2, where they name an http target.
      {"http://a.local/b/c/d;p?q", "g", "http://a.local/b/c/g"},
      {"http://a.local/b/c/d;p?q", "./g", "http://a.local/b/c/g"},
      {"http://a.local/b/c/d;p?q", "g/", "http://a.local/b/c/g/"},
      {"http://a.local/b/c/d;p?q", "/g", "http://a.local/g"},
      {"http://a.local/b/c/d;p?q", "//g.local", "http://g.local/"},
      {"http://a.local/b/c/d;p?q", "?y", "http://a.local/b/c/d;p?y"},
      {"http://a.local/b/c/d;p?q", "g?y", "http://a.local/b/c/g?y"},
      {"http://a.local/b/c/d;p?q", "#s", "http://a.local/b/c/d;p?q"},
      {"http://a.local/b/c/d;p?q", "g#s", "http://a.local/b/c/g"},
      {"http://a.local/b/c/d;p?q", "g?y#s", "http://a.local/b/c/g?y"},
      {"http://a.local/b/c/d;p?q", ";x", "http://a.local/b/c/;x"},
      {"http://a.local/b/c/d;p?q", "g;x", "http://a.local/b/c/g;x"},
      {"http://a.local/b/c/d;p?q", "", "http://a.local/b/c/d;p?q"},
      {"http://a.local/b/c/d;p?q", ".", "http://a.local/b/c/"},
      {"http://a.local/b/c/d;p?q", "./", "http://a.local/b/c/"},
      {"http://a.local/b/c/d;p?q", "..", "http://a.local/b/"},
      {"http://a.local/b/c/d;p?q", "../", "http://a.local/b/"},
      {"http://a.local/b/c/d;p?q", "../g", "http://a.local/b/g"},
      {"http://a.local/b/c/d;p?q", "../..", "http://a.local/"},
      {"http://a.local/b/c/d;p?q", "../../", "http://a.local/"},
      {"http://a.local/b/c/d;p?q", "../../g", "http://a.local/g"},
      {"http://a.local/b/c/d;p?q", "../../../g", "http://a.local/g"},
      {"http://a.local/b/c/d;p?q", "../../../../g", "http://a.local/g"},
      {"http://a.local/b/c/d;p?q", "/./g", "http://a.local/g"},
      {"http://a.local/b/c/d;p?q", "/../g", "http://a.local/g"},
      {"http://a.local/b/c/d;p?q", "g.", "http://a.local/b/c/g."},
      {"http://a.local/b/c/d;p?q", "..g", "http://a.local/b/c/..g"},
      {"http://a.local/b/c/d;p?q", "./../g", "http://a.local/b/g"},
      {"http://a.local/b/c/d;p?q", "./g/.", "http://a.local/b/c/g/"},
      {"http://a.local/b/c/d;p?q", "g/./h", "http://a.local/b/c/g/h"},
      {"http://a.local/b/c/d;p?q", "g/../h", "http://a.local/b/c/h"},
      {"http://a.local/b/c/d;p?q", "g?y/../x", "http://a.local/b/c/g?y/../x"},
      // Absolute ones, ports, case, escapes.
      {"http://a.local:8080/b", "/g", "http://a.local:8080/g"},
      {"http://a.local:8080/b", "//c.local/g", "http://c.local/g"},
      {"http://a.local/b", "HTTP://C.Local.:81/g?s=%2F",
       "http://c.local:81/g?s=%2F"},
      {"http://a.local/b", "https://c.local/g", "https://c.local/g"},
      {"https://a.local/b", "//c.local/g", "https://c.local/g"},
      {"http://a.local/b", "http://c.local/x/../g", "http://c.local/g"},
      {"http://a.local/b", "http://c.local", "http://c.local/"},
      {"http://a.local/b?sig=1", "//c.local", "http://c.local/"},
      {"http://a.local/b", "a%2Fb", "http://a.local/a%2Fb"},
      {"http://a.local/b//c", "d", "http://a.local/b//d"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.location);
    const auto base = DatastoreUrl::Parse(c.base, "url");
    ASSERT_TRUE(base.ok()) << base.status();
    const auto target = ResolveRedirect(*base, c.location);
    ASSERT_TRUE(target.ok()) << target.status();
    EXPECT_EQ(target->ToString(), c.target);
  }
}

TEST(RedirectTargetTest, RefusesWhatIsNoDatastore) {
  const struct {
    const char* base;
    std::string location;
    const char* why;
  } kCases[] = {
      {"https://a.local/b?sig=s3cret", "http://a.local/b", "https to http"},
      {"https://a.local/b?sig=s3cret", "HTTP://c.local/b", "https to http"},
      {"http://a.local/b?sig=s3cret", "http://example.com/",
       "not a name under .local"},
      {"http://a.local/b", "http://10.1.0.5/", "IP address"},
      {"http://a.local/b", "//[::1]/", "IP address"},
      {"http://a.local/b", "//example.com/", "not a name under .local"},
      {"http://a.local/b", "http://s3cret@c.local/", "user-info"},
      {"http://a.local/b", "//u:s3cret@c.local/", "user-info"},
      {"http://a.local/b", "ftp://c.local/", "scheme"},
      {"http://a.local/b", "file:///etc/passwd", "scheme"},
      {"http://a.local/b", "javascript:s3cret", "scheme"},
      {"http://a.local/b", "http:g", "no \"//\""},
      {"http://a.local/b", "http:///g", "no host"},
      {"http://a.local/b", "///g", "no host"},
      {"http://a.local/b", "g h", "write it %20"},
      {"http://a.local/b", "g\r\nX: y", "write it %0D"},
      {"http://a.local/b", "%2e%2e/g", "segment"},
      {"http://a.local/b", "%zz", "\"%\""},
      {"http://a.local/b", "http://c.local:0/", "port"},
      {"http://a.local/b", std::string(kMaxUrlBytes + 1, 'a'), "8193 bytes"},
      {"http://a.local/b", std::string(kMaxUrlBytes, 'a'), "bytes long"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.location.substr(0, 80));
    const auto base = DatastoreUrl::Parse(c.base, "url");
    ASSERT_TRUE(base.ok()) << base.status();
    const absl::Status status = ResolveRedirect(*base, c.location).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_REDIRECT_REFUSED) << status;
    EXPECT_EQ(MetadataOf(status, "url"), base->Redacted());
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.why));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace localstore::fetcher
