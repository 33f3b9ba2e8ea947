#include "client/commands/download_request.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDigest[] =
    "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

absl::StatusOr<v1::DownloadRequest> Make(std::vector<std::string> words,
                                         const std::string& input = "",
                                         bool redraws = false) {
  words.insert(words.begin(), "download");
  const absl::StatusOr<Arguments> arguments = ParseArguments(words);
  if (!arguments.ok()) return arguments.status();
  std::istringstream in(input);
  return MakeDownloadRequest(*arguments, in, redraws);
}

std::string Complaint(const std::vector<std::string>& words,
                      const std::string& input = "") {
  return std::string(Make(words, input).status().message());
}

std::string FileWith(const std::string& name, const std::string& content) {
  std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path) << content;
  return path;
}

TEST(MakeDownloadRequestTest, TakesAUrl) {
  const auto request = Make({"http://a.local/x?y=1", "--sha256", kDigest});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->url(), "http://a.local/x?y=1");
  EXPECT_EQ(request->sha256(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(request->datastores_size(), 0);
  EXPECT_FALSE(request->has_progress_interval());
  EXPECT_FALSE(HoldsSecrets(*request));
}

TEST(MakeDownloadRequestTest, TakesEveryFlag) {
  const auto request =
      Make({"http://a.local/x", "--allow_unverified", "--destination=d",
            "--overwrite", "--size=1K", "--max_size=2K", "--limit_rate=3K",
            "--timeout=4s", "--bridge=bn1", "--bridge=bn2", "--id=i",
            "--on_disconnect=cancel", "--progress_interval=50ms"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(request->allow_unverified());
  EXPECT_EQ(request->destination(), "d");
  EXPECT_TRUE(request->overwrite());
  EXPECT_EQ(request->size_bytes(), 1024);
  EXPECT_EQ(request->max_size_bytes(), 2048);
  EXPECT_EQ(request->max_bytes_per_second(), 3072);
  EXPECT_EQ(request->timeout().seconds(), 4);
  EXPECT_THAT(request->bridges(), ElementsAre("bn1", "bn2"));
  EXPECT_EQ(request->download_id(), "i");
  EXPECT_EQ(request->on_disconnect(), v1::DISCONNECT_POLICY_CANCEL);
  EXPECT_EQ(request->progress_interval().nanos(), 50'000'000);
}

TEST(MakeDownloadRequestTest, ATerminalWantsProgressMoreOften) {
  const auto request =
      Make({"http://a.local/x", "--allow_unverified"}, "", true);
  EXPECT_EQ(request->progress_interval().nanos(), 200'000'000);
}

TEST(MakeDownloadRequestTest, TellsNamesFromPlaces) {
  const auto request =
      Make({"images/x", "--allow_unverified", "--datastore=edge-store",
            "--datastore=store.local", "--datastore=https://s.local:8443/a/b/",
            "--datastore=store.local:80/c"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->image(), "images/x");
  ASSERT_EQ(request->datastores_size(), 4);
  EXPECT_EQ(request->datastores(0).name(), "edge-store");
  EXPECT_EQ(request->datastores(0).fqdn(), "");
  EXPECT_EQ(request->datastores(1).fqdn(), "store.local");
  EXPECT_EQ(request->datastores(2).fqdn(), "https://s.local:8443");
  EXPECT_EQ(request->datastores(2).dpath(), "a/b");
  EXPECT_EQ(request->datastores(3).fqdn(), "store.local:80");
  EXPECT_EQ(request->datastores(3).dpath(), "c");
}

TEST(MakeDownloadRequestTest, ReadsSecretsFromFilesAndStandardInput) {
  const auto basic =
      Make({"https://a.local/x", "--allow_unverified", "--credentials_file=-"},
           "user:pass\r\n");
  ASSERT_TRUE(basic.ok()) << basic.status();
  EXPECT_EQ(basic->datastores(0).credentials().scheme(), "Basic");
  EXPECT_EQ(basic->datastores(0).credentials().value(), "dXNlcjpwYXNz");
  EXPECT_TRUE(HoldsSecrets(*basic));
  const auto bearer =
      Make({"http://a.local/x", "--allow_unverified",
            "--authorization_file=" + FileWith("token", "Bearer  t0ken\n"),
            "--allow_credentials_over_http"});
  ASSERT_TRUE(bearer.ok()) << bearer.status();
  EXPECT_EQ(bearer->datastores(0).credentials().scheme(), "Bearer");
  EXPECT_EQ(bearer->datastores(0).credentials().value(), "t0ken");
  EXPECT_TRUE(bearer->datastores(0).credentials().allow_over_http());
}

TEST(MakeDownloadRequestTest, ReadsCertificates) {
  const auto request =
      Make({"x", "--datastore=a.local", "--datastore=b.local",
            "--allow_unverified", "--ca=" + FileWith("ca", "CA"),
            "--client_certificate=" + FileWith("cert", "CERT"),
            "--client_key=" + FileWith("key", "KEY"), "--tls_identity=host"});
  ASSERT_TRUE(request.ok()) << request.status();
  for (const v1::Datastore& datastore : request->datastores()) {
    EXPECT_EQ(datastore.ca_certificates_pem(), "CA");
    EXPECT_EQ(datastore.client_certificate_pem(), "CERT");
    EXPECT_EQ(datastore.client_key_pem(), "KEY");
    EXPECT_EQ(datastore.tls_identity(), v1::TLS_IDENTITY_HOST_NAME);
  }
  EXPECT_TRUE(HoldsSecrets(*request));
}

TEST(MakeDownloadRequestTest, SaysWhatToChange) {
  EXPECT_THAT(Complaint({"http://a.local/x"}),
              HasSubstr("--sha256 is missing"));
  EXPECT_THAT(Complaint({"http://a.local/x", "--sha256=abc"}),
              HasSubstr("64 hexadecimal digits, has 3"));
  EXPECT_THAT(Complaint({"http://a.local/x", "--sha256", std::string(64, 'g')}),
              HasSubstr("--sha256"));
  EXPECT_THAT(Complaint({"images/x", "--allow_unverified"}),
              HasSubstr("--datastore"));
  EXPECT_THAT(
      Complaint({"http://a.local/x", "--datastore=d", "--allow_unverified"}),
      HasSubstr("not with a URL"));
  EXPECT_THAT(
      Complaint({"http://a.local/x", "--allow_unverified", "--client_key=/k"}),
      HasSubstr("--client_certificate"));
  EXPECT_THAT(
      Complaint({"http://a.local/x", "--allow_unverified", "--ca=/no/such"}),
      HasSubstr("--ca: cannot read /no/such"));
}

TEST(MakeDownloadRequestTest, AComplaintHoldsNoSecret) {
  for (const char* flag : {"--credentials_file=-", "--authorization_file=-"}) {
    for (const char* input : {"s3cret", "s3cret\nx:s3cret", "s3cret\x01:x y"}) {
      const std::string complaint =
          Complaint({"http://a.local/x", "--allow_unverified", flag}, input);
      EXPECT_THAT(complaint, Not(HasSubstr("s3cret")));
      EXPECT_FALSE(complaint.empty());
    }
  }
  EXPECT_THAT(Complaint({"http://a.local/x", "--allow_unverified",
                         "--credentials_file=-", "--authorization_file=-"}),
              HasSubstr("not together"));
}

}  // namespace
}  // namespace localstore::client
