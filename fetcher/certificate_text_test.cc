#include "fetcher/certificate_text.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fetcher/testing/pki.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

TestIdentity Issue(const std::string& common_name,
                   std::vector<std::string> alt_names) {
  TestCertificate what;
  what.common_name = common_name;
  what.alt_names = std::move(alt_names);
  return TestIdentity::Issue(what);
}

TEST(CertificateTextTest, ListsNames) {
  const TestIdentity it =
      Issue("store", {"IP:10.1.0.5", "IP:fe80::5", "DNS:store.local",
                      "URI:http://x/", "email:a@b", "RID:1.2.3.4"});
  EXPECT_EQ(NameText(X509_get_subject_name(it.certificate())), "CN=store");
  EXPECT_EQ(CommonName(it.certificate()), "store");
  EXPECT_THAT(
      SubjectAltNames(it.certificate()),
      ElementsAre("IP 10.1.0.5", "IP fe80::5", "DNS store.local",
                  "URI http://x/", "email a@b", "a name of another kind"));
}

TEST(CertificateTextTest, IsEmptyWhereThereIsNothing) {
  const TestIdentity it = Issue("", {});
  EXPECT_EQ(NameText(X509_get_subject_name(it.certificate())), "(empty)");
  EXPECT_EQ(CommonName(it.certificate()), "");
  EXPECT_THAT(SubjectAltNames(it.certificate()), SizeIs(0));
}

TEST(CertificateTextTest, EscapesAndBoundsWhatAnAttackerWrote) {
  std::vector<std::string> names = {"DNS:a\x1b[31m", "DNS:x y\"",
                                    "DNS:\xff\xfe"};
  for (int i = 0; i < 100; ++i) {
    names.push_back(absl::StrCat("DNS:", std::string(500, 'a'), i));
  }
  const TestIdentity it = Issue("evil\r\nname\x1b", names);
  EXPECT_THAT(CommonName(it.certificate()), MatchesRegex("[ -~]*"));
  EXPECT_THAT(NameText(X509_get_subject_name(it.certificate())),
              MatchesRegex("[ -~]*"));
  const std::vector<std::string> texts = SubjectAltNames(it.certificate());
  ASSERT_THAT(texts, SizeIs(17));
  EXPECT_EQ(texts[0], "DNS \"a\\x1b[31m\"");
  EXPECT_EQ(texts[1], "DNS \"x y\\\"\"");
  EXPECT_THAT(texts, Each(MatchesRegex("[ -~]*")));
  EXPECT_EQ(texts.back(), "and 87 more");
  for (const std::string& text : texts) EXPECT_LE(text.size(), 300u);
}

TEST(CertificateTextTest, ReadsTimes) {
  TestCertificate what;
  what.common_name = "store";
  const absl::Time before = absl::Now();
  const TestIdentity it = TestIdentity::Issue(what);
  EXPECT_LE(NotBefore(it.certificate()), before);
  EXPECT_GT(NotAfter(it.certificate()), before + absl::Hours(23));
  EXPECT_EQ(TimeText(absl::UnixEpoch()), "1970-01-01T00:00:00Z");
}

}  // namespace
}  // namespace localstore::fetcher
