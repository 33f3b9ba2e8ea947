// Secrets are planted wherever a caller or the configuration can put one, and
// then everything that the server wrote or said is searched for them.

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "protos/errors/error.h"
#include "testing/e2e/fixture.h"
#include "testing/e2e/subprocess.h"

namespace localstore::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Each is unlike anything that is written for another reason.
const std::map<std::string, std::string>& Planted() {
  static const auto* const kPlanted = new std::map<std::string, std::string>{
      {"credentials of a request", "pLantEd-01-cRed"},
      {"credentials of the configuration", "pLantEd-02-cOnf"},
      {"signature in a URL", "pLantEd-03-sIgn"},
      {"signature in an image's path", "pLantEd-04-iMag"},
      {"key of a client", "pLantEd-05-kEyp"},
      {"metadata of a call", "pLantEd-06-mEta"},
      {"password in metadata", "pLantEd-07-pAss"},
      {"credentials that are not UTF-8", "pLantEd-08-uTf8"},
      {"user information in a URL", "pLantEd-09-uSer"},
      {"bearer token of a download that goes on", "pLantEd-10-tOkn"},
      {"credentials in clear that are refused", "pLantEd-11-cLer"},
  };
  return *kPlanted;
}

std::string Secret(const std::string& what) { return Planted().at(what); }

class SecretsTest : public EndToEndTest {
 protected:
  SecretsTest() {
    std::filesystem::create_directories(kHome);
    std::ofstream(kConfig)
        << "{\"datastores\": [{\"name\": \"lab\", \"fqdn\": \"http://"
        << kStoreHost
        << "\", \"credentials\": {\"scheme\": \"Basic\", \"value\": \""
        << Secret("credentials of the configuration")
        << "\", \"allowOverHttp\": true}}]}";
  }
  ~SecretsTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(kHome, ignored);
  }

  void Start() {
    ServerOptions options;
    options.flags = {"--log_level=debug", "--log_format=json",
                     "--metrics_listen=127.0.0.1:0",
                     absl::StrCat("--config=", kConfig)};
    options.environment = {"GRPC_TRACE=all", "GRPC_VERBOSITY=debug",
                           absl::StrCat("SSLKEYLOGFILE=", kHome, "/keylog")};
    auto server = ServerProcess::Start(lab_, kHome, options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::LocalDatastoreService::NewStub(server_->TcpChannel());
  }

  // Everything that came back is kept, to be searched.
  template <typename Message>
  void Keep(const Message& message) {
    said_ += message.SerializeAsString();
    said_ += message.DebugString();
  }
  void Keep(const absl::Status& status) {
    said_ += status.ToString();
    Keep(ToRpcStatus(status));
  }

  DownloadOutcome Fetch(const v1::DownloadRequest& request) {
    DownloadOutcome outcome = Download(request);
    Keep(outcome.status);
    for (const v1::Download& snapshot : outcome.snapshots) Keep(snapshot);
    return outcome;
  }

  void AskForStatus() {
    grpc::ClientContext context;
    context.AddMetadata("authorization",
                        absl::StrCat("Bearer ", Secret("metadata of a call")));
    context.AddMetadata("x-password", Secret("password in metadata"));
    v1::StatusResponse response;
    ASSERT_TRUE(stub_->Status(&context, {}, &response).ok());
    Keep(response);
  }

  void LookAtMetrics() {
    const std::string log = server_->LogWith("serving metrics");
    const std::string key = R"("address":")";
    const size_t begin =
        log.find(key, log.rfind("serving metrics")) + key.size();
    const std::string address = log.substr(begin, log.find('"', begin) - begin);
    const auto page = RunCommand(
        {"curl", "-sS", "--noproxy", "*", absl::StrCat(address, "/metrics")});
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->exit_code, 0) << page->stderr_text;
    // The page of this server, which the calls above are on.
    EXPECT_THAT(page->stdout_text, HasSubstr("method=\"Status\""));
    said_ += page->stdout_text;
  }

  // A message that cannot be read, as no stub would send it.
  void SendRaw(const std::string& bytes) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(server_->TcpChannel());
    const grpc::Slice slice(bytes);
    auto call = stub.PrepareUnaryCall(
        &context, "/localstore.v1.LocalDatastoreService/Download",
        grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    said_ += status.error_message() + status.error_details();
  }

  // "what: where", for each secret that is to be found.
  std::vector<std::string> Leaks() const {
    std::vector<std::string> leaks;
    const auto search = [&leaks](const std::string& text,
                                 const std::string& where) {
      for (const auto& planted : Planted()) {
        if (absl::StrContains(text, planted.second)) {
          leaks.push_back(absl::StrCat(planted.first, ": ", where));
        }
      }
    };
    search(said_, "an answer");
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(kHome)) {
      if (entry.is_regular_file() && entry.path() != kConfig) {
        search(ReadFile(entry.path().string()), entry.path().string());
      }
    }
    return leaks;
  }

  static constexpr char kHome[] = "/run/secrets-test";
  static constexpr char kConfig[] = "/run/secrets-test/config.json";
  std::string said_;
};

TEST_F(SecretsTest, NoneIsToBeFoundInWhatWasWrittenOrSaid) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const std::string digest = lab_.MakeFile("store", "images/a", 30000);
  const std::string big = lab_.MakeFile("store", "images/big", 64 << 20);
  const std::string url = absl::StrCat("http://", kStoreHost, "/images/a");

  v1::DownloadRequest request = DownloadOf(
      absl::StrCat(url, "?X-Signature=", Secret("signature in a URL")), digest);
  v1::Datastore* datastore = request.add_datastores();
  datastore->mutable_credentials()->set_scheme("Bearer");
  datastore->mutable_credentials()->set_value(
      Secret("credentials of a request"));
  datastore->mutable_credentials()->set_allow_over_http(true);
  EXPECT_TRUE(Fetch(request).status.ok());
  // The datastore got what was meant for it.
  bool sent = false;
  for (const Request& seen : lab_.Requests("store")) {
    sent |= absl::StrContains(seen.line, Secret("signature in a URL"));
  }
  EXPECT_TRUE(sent);

  request.set_download_id("wrong-digest");
  request.set_destination("b");
  request.set_sha256(std::string(64, 'a'));
  EXPECT_FALSE(Fetch(request).status.ok());

  request.set_download_id("nowhere");
  request.set_url(absl::StrCat("http://", kStoreHost,
                               "/nowhere?sig=", Secret("signature in a URL")));
  EXPECT_FALSE(Fetch(request).status.ok());

  v1::DownloadRequest from_catalog;
  from_catalog.set_download_id("catalog");
  from_catalog.set_destination("c");
  from_catalog.set_image(
      absl::StrCat("images/a?sig=", Secret("signature in an image's path")));
  from_catalog.add_datastores()->set_name("lab");
  from_catalog.set_sha256(digest);
  EXPECT_TRUE(Fetch(from_catalog).status.ok());

  v1::DownloadRequest bad =
      DownloadOf(absl::StrCat("https://", kStoreHost, "/images/a"), digest);
  bad.set_download_id("bad-key");
  bad.add_datastores()->set_client_key_pem(
      absl::StrCat("-----BEGIN PRIVATE KEY-----\n", Secret("key of a client"),
                   "\n-----END PRIVATE KEY-----\n"));
  bad.mutable_datastores(0)->set_client_certificate_pem("nonsense");
  EXPECT_FALSE(Fetch(bad).status.ok());

  v1::DownloadRequest user =
      DownloadOf(absl::StrCat("http://u:", Secret("user information in a URL"),
                              "@", kStoreHost, "/images/a"),
                 digest);
  EXPECT_FALSE(Fetch(user).status.ok());

  v1::DownloadRequest clear = DownloadOf(url, digest);
  clear.add_datastores()->mutable_credentials()->set_scheme("Bearer");
  clear.mutable_datastores(0)->mutable_credentials()->set_value(
      Secret("credentials in clear that are refused"));
  EXPECT_FALSE(Fetch(clear).status.ok());

  // datastores[0].credentials.value, with a byte that is no text.
  const std::string value =
      absl::StrCat(Secret("credentials that are not UTF-8"), "\xFF");
  const auto field = [](char number, const std::string& bytes) {
    return absl::StrCat(std::string(1, static_cast<char>(number << 3 | 2)),
                        std::string(1, static_cast<char>(bytes.size())), bytes);
  };
  SendRaw(field(4, field(6, field(2, value))));

  v1::DownloadRequest running = DownloadOf(
      absl::StrCat("http://", kStoreHost,
                   "/slow/images/big?sig=", Secret("signature in a URL")),
      big);
  running.set_download_id("running");
  running.add_datastores()->mutable_credentials()->set_scheme("Bearer");
  running.mutable_datastores(0)->mutable_credentials()->set_value(
      Secret("bearer token of a download that goes on"));
  running.mutable_datastores(0)->mutable_credentials()->set_allow_over_http(
      true);
  grpc::ClientContext context;
  const auto reader = stub_->Download(&context, running);
  v1::DownloadResponse response;
  while (response.download().received_bytes() == 0) {
    ASSERT_TRUE(reader->Read(&response));
    Keep(response);
  }
  AskForStatus();
  server_->SendSignal(SIGHUP);
  AskForStatus();
  ASSERT_NO_FATAL_FAILURE(LookAtMetrics());
  EXPECT_THAT(Leaks(), IsEmpty());

  // As a crash leaves it; and the next start reads all of it.
  server_->SendSignal(SIGKILL);
  ASSERT_TRUE(server_->WaitForEnd(absl::Seconds(20)).ok());
  while (reader->Read(&response)) Keep(response);
  reader->Finish();
  EXPECT_THAT(Leaks(), IsEmpty());
  ASSERT_NO_FATAL_FAILURE(Start());
  AskForStatus();
  ASSERT_NO_FATAL_FAILURE(LookAtMetrics());
  EXPECT_THAT(server_->Log(), HasSubstr("ignoring a variable"));
  EXPECT_FALSE(std::filesystem::exists(absl::StrCat(kHome, "/keylog")));
  StopServer();
  EXPECT_THAT(Leaks(), IsEmpty());
}

TEST_F(SecretsTest, ThereIsNoCoreDump) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto limits =
      ReadFile(absl::StrCat("/proc/", server_->pid(), "/limits"));
  EXPECT_THAT(limits, ::testing::ContainsRegex("Max core file size +0 +0"));
  server_->SendSignal(SIGABRT);
  const auto ended = server_->WaitForEnd(absl::Seconds(20));
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(*ended, 128 + SIGABRT);
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(kHome)) {
    EXPECT_FALSE(absl::StartsWith(entry.path().filename().string(), "core"))
        << entry.path();
  }
  server_.reset();
}

TEST_F(SecretsTest, AWrongConfigurationQuotesNone) {
  std::ofstream(kConfig) << "{\"datastores\": [{\"credentials\": {\"value\": \""
                         << Secret("credentials of the configuration")
                         << "\", \"valeu\": \""
                         << Secret("credentials of the configuration")
                         << "\"}}]}";
  const auto checked =
      RunCommand({FromEnvironment("LOCALSTORED"), "--check_config",
                  absl::StrCat("--config=", kConfig)});
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->exit_code, 2);
  EXPECT_THAT(checked->stderr_text, HasSubstr("\\\"value\\\" meant?"));
  said_ = checked->stdout_text + checked->stderr_text;
  EXPECT_THAT(Leaks(), IsEmpty());
}

}  // namespace
}  // namespace localstore::testing
