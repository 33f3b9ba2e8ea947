#include "server/requests/download_request.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/jobs/fake_image_fetcher.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  const google::rpc::Status rpc_status = ToRpcStatus(status);
  for (const auto& detail : rpc_status.details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations()) {
      fields.push_back(violation.field());
    }
  }
  return fields;
}

v1::DownloadRequest Good() {
  v1::DownloadRequest request;
  request.set_url("http://store.local:8080/images/disk.qcow2");
  request.set_sha256(std::string(64, 'A'));
  return request;
}

class DownloadRequestTest : public ::testing::Test {
 protected:
  DownloadRequestTest() {
    rules_.fetcher = &fetcher_;
    rules_.catalog = &catalog_;
  }

  absl::StatusOr<DownloadOrder> Make(const v1::DownloadRequest& request) {
    return MakeDownloadOrder(request, rules_);
  }
  std::vector<std::string> FieldsOf(const v1::DownloadRequest& request) {
    return Fields(Make(request).status());
  }

  FakeImageFetcher fetcher_;
  DatastoreCatalog catalog_;
  DownloadRules rules_;
};

TEST_F(DownloadRequestTest, FillsInWhatIsLeftToTheServer) {
  const auto order = Make(Good());
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->request.download_id().size(), 36u);
  EXPECT_EQ(order->fetch.destination, "disk.qcow2");
  EXPECT_EQ(order->fetch.sha256, std::string(64, 'a'));
  ASSERT_EQ(order->fetch.sources.size(), 1u);
  EXPECT_EQ(order->fetch.sources[0].url,
            "http://store.local:8080/images/disk.qcow2");
  EXPECT_EQ(order->fetch.sources[0].datastore, "store.local");
  EXPECT_EQ(order->timeout, absl::InfiniteDuration());
  EXPECT_EQ(ProgressInterval(order->request), absl::Seconds(1));
}

TEST_F(DownloadRequestTest, MadeIdsDiffer) {
  EXPECT_NE(Make(Good())->request.download_id(),
            Make(Good())->request.download_id());
}

TEST_F(DownloadRequestTest, TakesEveryField) {
  v1::DownloadRequest request;
  request.set_download_id("id-1");
  request.set_image("disk.qcow2");
  v1::Datastore* datastore = request.add_datastores();
  datastore->set_name("lab");
  datastore->set_fqdn("https://store.local");
  datastore->set_dpath("images");
  datastore->set_ca_certificates_pem("pem");
  datastore->set_tls_identity(v1::TLS_IDENTITY_HOST_NAME);
  datastore->mutable_credentials()->set_scheme("Bearer");
  datastore->mutable_credentials()->set_value("c2VjcmV0");
  datastore->set_client_certificate_pem("cert");
  datastore->set_client_key_pem("key");
  request.add_datastores()->set_fqdn("other.local");
  request.set_destination("a/b");
  request.set_allow_unverified(true);
  request.set_size_bytes(10);
  request.set_max_size_bytes(20);
  request.set_max_bytes_per_second(30);
  request.mutable_timeout()->set_seconds(40);
  request.add_bridges("bn1");
  request.set_overwrite(true);
  request.mutable_progress_interval()->set_nanos(50'000'000);
  const auto order = Make(request);
  ASSERT_TRUE(order.ok()) << order.status();
  const fetcher::FetchRequest& fetch = order->fetch;
  ASSERT_EQ(fetch.sources.size(), 2u);
  EXPECT_EQ(fetch.sources[0].url, "https://store.local/images/disk.qcow2");
  EXPECT_EQ(fetch.sources[0].datastore, "lab");
  EXPECT_EQ(fetch.sources[0].access.authorization, "Bearer c2VjcmV0");
  EXPECT_EQ(fetch.sources[0].access.ca_certificates_pem, "pem");
  EXPECT_EQ(fetch.sources[0].access.client_certificate_pem, "cert");
  EXPECT_EQ(fetch.sources[0].access.client_key_pem, "key");
  EXPECT_EQ(fetch.sources[0].access.tls_identity,
            fetcher::TlsIdentity::kHostName);
  EXPECT_EQ(fetch.sources[1].url, "http://other.local/disk.qcow2");
  EXPECT_EQ(fetch.destination, "a/b");
  EXPECT_EQ(fetch.sha256, "");
  EXPECT_EQ(fetch.size_bytes, 10);
  EXPECT_EQ(fetch.max_size_bytes, 20);
  EXPECT_EQ(fetch.max_bytes_per_second, 30);
  EXPECT_THAT(fetch.bridges, ElementsAre("bn1"));
  EXPECT_TRUE(fetch.overwrite);
  EXPECT_EQ(order->timeout, absl::Seconds(40));
  EXPECT_EQ(ProgressInterval(order->request), absl::Milliseconds(50));
}

TEST_F(DownloadRequestTest, AllViolationsAreSaid) {
  v1::DownloadRequest request;
  request.set_download_id("has space");
  request.set_url("http://store.example.com/x");
  request.set_image("also");
  request.set_sha256("zz");
  request.set_size_bytes(-1);
  request.set_max_size_bytes(-1);
  request.set_max_bytes_per_second(-1);
  request.set_on_disconnect(static_cast<v1::DisconnectPolicy>(7));
  request.mutable_timeout()->set_seconds(-5);
  request.add_bridges("");
  request.mutable_progress_interval()->set_nanos(1);
  fetcher_.SetValidation(MakeBadRequest({{"destination", "is outside"}},
                                        v1::ERROR_REASON_DESTINATION_INVALID));
  EXPECT_THAT(FieldsOf(request),
              UnorderedElementsAre(
                  "download_id", "url", "image", "sha256", "size_bytes",
                  "max_size_bytes", "max_bytes_per_second", "on_disconnect",
                  "timeout", "bridges[0]", "progress_interval", "destination"));
}

TEST_F(DownloadRequestTest, EachDatastoreIsChecked) {
  v1::DownloadRequest request = Good();
  request.clear_url();
  request.set_image("x");
  request.add_datastores()->set_fqdn("good.local");
  request.add_datastores()->set_fqdn("bad.example.com");
  request.add_datastores()->set_name("nobody");
  request.add_datastores();
  request.mutable_datastores(0)->set_tls_identity(
      static_cast<v1::TlsIdentity>(5));
  EXPECT_THAT(
      FieldsOf(request),
      UnorderedElementsAre("datastores[0].tls_identity", "datastores[1].fqdn",
                           "datastores[2].name", "datastores[3].fqdn"));
}

TEST_F(DownloadRequestTest, SomethingMustBeAskedFor) {
  v1::DownloadRequest request;
  EXPECT_THAT(FieldsOf(request), UnorderedElementsAre("url", "sha256"));
  request.set_image("x");
  EXPECT_THAT(FieldsOf(request), UnorderedElementsAre("datastores", "sha256"));
}

TEST_F(DownloadRequestTest, OneThingWrongKeepsItsReason) {
  v1::DownloadRequest request = Good();
  request.set_url("http://store.example.com/x");
  EXPECT_EQ(ReasonOf(Make(request).status()), v1::ERROR_REASON_HOST_NOT_LOCAL);
  fetcher_.SetValidation(MakeBadRequest({{"destination", "is outside"}},
                                        v1::ERROR_REASON_DESTINATION_INVALID));
  EXPECT_EQ(ReasonOf(Make(Good()).status()),
            v1::ERROR_REASON_DESTINATION_INVALID);
}

TEST_F(DownloadRequestTest, CredentialsDoNotCrossInClearUnlessAllowed) {
  v1::DownloadRequest request = Good();
  v1::Credentials* credentials =
      request.add_datastores()->mutable_credentials();
  credentials->set_scheme("Bearer");
  credentials->set_value("c2VjcmV0");
  EXPECT_EQ(ReasonOf(Make(request).status()),
            v1::ERROR_REASON_CREDENTIALS_OVER_HTTP);
  EXPECT_THAT(std::string(Make(request).status().message()),
              Not(HasSubstr("c2VjcmV0")));
  credentials->set_allow_over_http(true);
  EXPECT_TRUE(Make(request).ok());
}

TEST_F(DownloadRequestTest, NamedDatastoresComeFromTheCatalog) {
  v1::Datastore& lab = catalog_["lab"];
  lab.set_name("lab");
  lab.set_fqdn("https://store.local");
  lab.set_dpath("images");
  lab.mutable_credentials()->set_scheme("Bearer");
  lab.mutable_credentials()->set_value("c2VjcmV0");
  v1::DownloadRequest request = Good();
  request.clear_url();
  request.set_image("disk");
  request.add_datastores()->set_name("lab");
  const auto order = Make(request);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->fetch.sources[0].url, "https://store.local/images/disk");
  EXPECT_EQ(order->fetch.sources[0].access.authorization, "Bearer c2VjcmV0");
}

TEST_F(DownloadRequestTest, ConfiguredCredentialsGoNowhereElse) {
  v1::Datastore& lab = catalog_["lab"];
  lab.set_name("lab");
  lab.set_fqdn("https://store.local");
  lab.mutable_credentials()->set_scheme("Bearer");
  lab.mutable_credentials()->set_value("c2VjcmV0");
  v1::DownloadRequest request = Good();
  request.add_datastores()->set_name("lab");
  request.set_url("https://store.local/x");
  EXPECT_TRUE(Make(request).ok());
  request.set_url("https://thief.local/x");
  EXPECT_THAT(FieldsOf(request), ElementsAre("datastores[0].name"));
}

TEST_F(DownloadRequestTest, SizeBeyondTheServersLimitIsTooLarge) {
  rules_.max_image_bytes = 100;
  v1::DownloadRequest request = Good();
  request.set_size_bytes(101);
  EXPECT_EQ(ReasonOf(Make(request).status()), v1::ERROR_REASON_TOO_LARGE);
  request.set_size_bytes(100);
  request.set_max_size_bytes(1000);
  EXPECT_EQ(Make(request)->fetch.max_size_bytes, 100);
}

TEST_F(DownloadRequestTest, FingerprintIsOfWhatIsDownloaded) {
  v1::DownloadRequest request = Good();
  const std::string fingerprint = Make(request)->fingerprint;
  v1::DownloadRequest watched = request;
  watched.set_download_id("other");
  watched.mutable_progress_interval()->set_seconds(5);
  watched.mutable_timeout()->set_seconds(5);
  watched.set_on_disconnect(v1::DISCONNECT_POLICY_CANCEL);
  watched.set_sha256(std::string(64, 'a'));  // the same digest
  watched.set_destination("disk.qcow2");     // the same place
  EXPECT_EQ(Make(watched)->fingerprint, fingerprint);
  v1::DownloadRequest other = request;
  other.set_overwrite(true);
  EXPECT_NE(Make(other)->fingerprint, fingerprint);
}

TEST_F(DownloadRequestTest, APastOrderIsOfTheSameRequest) {
  const auto order = Make(Good());
  const DownloadOrder past = MakePastOrder(order->request);
  EXPECT_EQ(past.fingerprint, order->fingerprint);
  EXPECT_EQ(past.fetch.destination, order->fetch.destination);
  EXPECT_EQ(past.request.download_id(), order->request.download_id());
}

TEST_F(DownloadRequestTest, FingerprintHoldsNoSecret) {
  v1::DownloadRequest request = Good();
  request.set_url("https://store.local/x?sig=s1gned");
  request.add_datastores()->mutable_credentials()->set_scheme("Bearer");
  request.mutable_datastores(0)->mutable_credentials()->set_value("c2VjcmV0");
  request.mutable_datastores(0)->set_client_key_pem("PRIVATE");
  EXPECT_THAT(Make(request)->fingerprint, Not(HasSubstr("s1gned")));
  EXPECT_THAT(Make(request)->fingerprint, Not(HasSubstr("c2VjcmV0")));
  EXPECT_THAT(Make(request)->fingerprint, Not(HasSubstr("PRIVATE")));
}

}  // namespace
}  // namespace localstore::server
