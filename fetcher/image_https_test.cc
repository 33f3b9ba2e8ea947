// Images over https: the policy, the transfer and the download together.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/testing/fetch_test.h"
#include "fetcher/testing/pki.h"
#include "fetcher/testing/tls_front.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

using Request = ScriptedHttpServer::Request;
using Connection = ScriptedHttpServer::Connection;

TestIdentity Issue(const std::string& name, std::vector<std::string> alt_names,
                   const TestIdentity* issuer) {
  TestCertificate what;
  what.common_name = name;
  what.alt_names = std::move(alt_names);
  what.ca = issuer == nullptr;
  return TestIdentity::Issue(what, issuer);
}

class ImageHttpsTest : public FetchTest {
 protected:
  // `store.local` answers with TLS, and the handler's responses.
  void ServeTls(const TestIdentity& identity,
                ScriptedHttpServer::Handler handler) {
    Serve(std::move(handler));
    front_ = std::make_unique<TlsFront>(identity, server_->port(), &clients_);
    endpoints_.Set("store.local", {LoopbackEndpoint(front_->port())});
  }

  void ServeTls(const TestIdentity& identity, const std::string& body) {
    ServeTls(identity, [body](const Request&, Connection& connection) {
      connection.Send(HttpOk(body));
    });
  }

  FetchRequest HttpsRequestFor(absl::string_view body) const {
    FetchRequest request = RequestFor(body);
    request.sources[0].url = "https://store.local/image?sig=%2F";
    request.sources[0].access.ca_certificates_pem = root_.CertificatePem();
    return request;
  }

  void ShowClientCertificate(FetchRequest& request) const {
    DatastoreAccess& access = request.sources[0].access;
    access.client_certificate_pem = client_.CertificatePem();
    access.client_key_pem = client_.KeyPem();
  }

  const TestIdentity root_ = Issue("Root", {}, nullptr);
  const TestIdentity clients_ = Issue("Clients", {}, nullptr);
  const TestIdentity leaf_ = Issue("datastore", {"IP:127.0.0.1"}, &root_);
  const TestIdentity client_ = Issue("device", {}, &clients_);
  std::unique_ptr<TlsFront> front_;
};

TEST_F(ImageHttpsTest, FetchesFromTheAddressThatTheCertificateHas) {
  const std::string image = TestImage(3 << 20);
  ServeTls(leaf_, image);
  const absl::StatusOr<FetchResult> result = Fetch(HttpsRequestFor(image));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->sha256, Sha256Hex(image));
  EXPECT_EQ(Read("image"), image);
  EXPECT_EQ(
      observer_.effective_url(),
      absl::StrCat("https://127.0.0.1:", front_->port(), "/image?sig=%2F"));
  EXPECT_EQ(server_->requests().at(0).fields.at("host"),
            absl::StrCat("127.0.0.1:", front_->port()));
  ASSERT_EQ(front_->handshakes().size(), 1u);
  EXPECT_EQ(front_->handshakes()[0].server_name, "");
  EXPECT_EQ(front_->handshakes()[0].client_name, "");
  // HTTP/2 gains nothing where each connection has one request, and its windows
  // would hold many times what a transfer may.
  EXPECT_EQ(front_->handshakes()[0].protocol, "http/1.1");
}

TEST_F(ImageHttpsTest, FetchesFromTheNameThatTheCertificateHas) {
  ServeTls(Issue("datastore", {"DNS:store.local"}, &root_), "image");
  FetchRequest request = HttpsRequestFor("image");
  request.sources[0].access.tls_identity = TlsIdentity::kHostName;
  const absl::StatusOr<FetchResult> result = Fetch(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(front_->handshakes().at(0).server_name, "store.local");
  EXPECT_EQ(server_->requests().at(0).fields.at("host"),
            absl::StrCat("store.local:", front_->port()));
  EXPECT_EQ(
      observer_.effective_url(),
      absl::StrCat("https://127.0.0.1:", front_->port(), "/image?sig=%2F"));
}

TEST_F(ImageHttpsTest, ARefusedCertificateEndsItBeforeTheRequest) {
  const TestIdentity stranger = Issue("Root", {}, nullptr);
  TestCertificate old;
  old.common_name = "datastore";
  old.alt_names = {"IP:127.0.0.1"};
  old.begins = -absl::Hours(2);
  old.ends = -absl::Hours(1);
  const struct {
    TestIdentity identity;
    v1::ErrorReason reason;
  } kCases[] = {
      {Issue("127.0.0.1", {"IP:127.0.0.2", "DNS:127.0.0.1"}, &root_),
       v1::ERROR_REASON_TLS_IDENTITY_MISMATCH},
      {Issue("datastore", {"IP:127.0.0.1"}, &stranger),
       v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN},
      {TestIdentity::Issue(old, &root_), v1::ERROR_REASON_TLS_EXPIRED},
  };
  for (const auto& c : kCases) {
    ServeTls(c.identity, "image");
    FetchRequest request = HttpsRequestFor("image");
    request.sources[0].access.authorization = "Bearer s3cret";
    ShowClientCertificate(request);
    const absl::Status status = Fetch(request).status();
    EXPECT_EQ(ReasonOf(status), c.reason) << status;
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(MetadataOf(status, "host"), "store.local");
    EXPECT_EQ(MetadataOf(status, "bridge"), "lo");
    EXPECT_FALSE(absl::StrContains(status.ToString(), "s3cret"));
    EXPECT_TRUE(server_->requests().empty());
    EXPECT_FALSE(Exists("image"));
  }
  // None of them is worth another try.
  EXPECT_THAT(observer_.events(),
              ::testing::Not(Contains(HasSubstr("attempt 2"))));
}

TEST_F(ImageHttpsTest, TheNextSourceIsTriedWhenACertificateIsRefused) {
  ServeTls(leaf_, "image");
  FetchRequest request = HttpsRequestFor("image");
  request.sources.push_back(request.sources[0]);
  request.sources[0].access.ca_certificates_pem = clients_.CertificatePem();
  const absl::StatusOr<FetchResult> result = Fetch(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(ImageHttpsTest, ShowsTheClientCertificate) {
  ServeTls(leaf_, "image");
  FetchRequest request = HttpsRequestFor("image");
  ShowClientCertificate(request);
  const absl::StatusOr<FetchResult> result = Fetch(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(front_->handshakes().at(0).client_name, "device");
}

TEST_F(ImageHttpsTest, GoesOnWhereItWasCut) {
  const std::string image = TestImage(2 << 20);
  ServeTls(leaf_, [&](const Request& request, Connection& connection) {
    const std::string response = HttpRangeAware(request, image, "\"1\"");
    connection.Send(request.number == 1 ? response.substr(0, 1 << 20)
                                        : response);
  });
  options_.initial_backoff = absl::Milliseconds(1);
  const absl::StatusOr<FetchResult> result = Fetch(HttpsRequestFor(image));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Read("image"), image);
  ASSERT_EQ(server_->requests().size(), 2u);
  EXPECT_GT(server_->requests()[1].RangeStart(), 0);
  EXPECT_EQ(front_->handshakes().size(), 2u);
}

TEST_F(ImageHttpsTest, ARedirectToAnotherHostGetsNoCredentials) {
  ServeTls(leaf_, [&](const Request& request, Connection& connection) {
    const absl::string_view location =
        request.number == 1 ? "/again" : "https://other.local/image";
    connection.Send(
        request.number == 3
            ? HttpOk("image")
            : HttpHead("302 Found", {absl::StrCat("Location: ", location),
                                     "Content-Length: 0"}));
  });
  endpoints_.Set("other.local", {LoopbackEndpoint(front_->port())});
  FetchRequest request = HttpsRequestFor("image");
  request.sources[0].access.authorization = "Bearer s3cret";
  ShowClientCertificate(request);
  const absl::StatusOr<FetchResult> result = Fetch(request);
  ASSERT_TRUE(result.ok()) << result.status();
  const std::vector<Request> requests = server_->requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].fields.at("authorization"), "Bearer s3cret");
  EXPECT_EQ(requests[1].fields.at("authorization"), "Bearer s3cret");
  EXPECT_EQ(requests[2].fields.count("authorization"), 0u);
  EXPECT_EQ(front_->handshakes().at(1).client_name, "device");
  EXPECT_EQ(front_->handshakes().at(2).client_name, "");
}

TEST_F(ImageHttpsTest, ARedirectFromHttpsToHttpIsRefused) {
  ServeTls(leaf_, [&](const Request&, Connection& connection) {
    connection.Send(
        HttpHead("302 Found", {"Location: http://store.local/image"}));
  });
  const absl::Status status = Fetch(HttpsRequestFor("image")).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_REDIRECT_REFUSED) << status;
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(ImageHttpsTest, ARedirectFromHttpToHttpsNeedsTrust) {
  ServeTls(leaf_, "image");
  const std::string location =
      absl::StrCat("https://store.local:", front_->port(), "/image");
  ScriptedHttpServer clear([&](const Request&, Connection& connection) {
    connection.Send(HttpHead("302 Found", {"Location: " + location}));
  });
  FetchRequest request = RequestFor("image");
  request.sources[0].url =
      absl::StrCat("http://store.local:", clear.port(), "/image");
  const absl::Status status = Fetch(request).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN) << status;
  EXPECT_TRUE(server_->requests().empty());

  request.sources[0].access.ca_certificates_pem = root_.CertificatePem();
  const absl::StatusOr<FetchResult> result = Fetch(request);
  EXPECT_TRUE(result.ok()) << result.status();
}

TEST_F(ImageHttpsTest, RejectsWhatCanNeverBeTrusted) {
  Restart();
  const auto violation = [this](void (*change)(DatastoreAccess&)) {
    FetchRequest request = HttpsRequestFor("image");
    ShowClientCertificate(request);
    EXPECT_TRUE(fetcher_->Validate(request).ok());
    change(request.sources[0].access);
    const absl::Status status = fetcher_->Validate(request);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(violation([](DatastoreAccess& a) { a.ca_certificates_pem = ""; }),
              HasSubstr("datastores[0].ca_certificates_pem: is empty"));
  EXPECT_THAT(
      violation([](DatastoreAccess& a) { a.ca_certificates_pem += "-----"; }),
      HasSubstr("ca_certificates_pem: has a damaged BEGIN or END line"));
  EXPECT_THAT(violation([](DatastoreAccess& a) { a.client_key_pem = ""; }),
              HasSubstr("client_key_pem: is empty"));
  EXPECT_THAT(violation([](DatastoreAccess& a) { a.authorization = "a\nb"; }),
              HasSubstr("one line"));
}

}  // namespace
}  // namespace localstore::fetcher
