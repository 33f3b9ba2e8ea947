#include "fetcher/image_fetcher.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/testing/fetch_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "testing/environment.h"

namespace localstore::fetcher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Request = ScriptedHttpServer::Request;
using Connection = ScriptedHttpServer::Connection;

class ImageFetcherTest : public FetchTest {
 protected:
  void ServeWhole(const std::string& body) {
    Serve([body](const Request&, Connection& connection) {
      connection.Send(HttpOk(body, {"Content-Type: application/x-test"}));
    });
  }
};

TEST_F(ImageFetcherTest, FetchesVerifiesAndPutsInPlace) {
  const std::string image = TestImage(3 << 20);
  ServeWhole(image);
  const absl::StatusOr<FetchResult> result = Fetch(RequestFor(image));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->sha256, Sha256Hex(image));
  EXPECT_EQ(result->size_bytes, 3 << 20);
  EXPECT_TRUE(result->transferred);
  EXPECT_EQ(Read("image"), image);
  EXPECT_FALSE(Exists("image.part"));
  EXPECT_FALSE(Exists("image.part.resume"));
}

TEST_F(ImageFetcherTest, TheNetworkThreadResponds) {
  const auto fetcher = ImageFetcher::Create(options_, &endpoints_);
  ASSERT_TRUE(fetcher.ok());
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE((*fetcher)->Responds(absl::Minutes(1)));
  }
}

TEST_F(ImageFetcherTest, ReportsEachStepInOrder) {
  const std::string image = TestImage(1 << 20);
  ServeWhole(image);
  ASSERT_TRUE(Fetch(RequestFor(image)).ok());
  EXPECT_THAT(
      observer_.events(),
      ElementsAre("attempt 1", "resolving", "connecting 127.0.0.1",
                  "transferring 1048576/0 application/x-test", "verifying"));
  EXPECT_EQ(observer_.effective_url(),
            absl::StrCat("http://127.0.0.1:", server_->port(), "/image"));
  const std::vector<int64_t> progress = observer_.progress();
  ASSERT_FALSE(progress.empty());
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(progress.back(), 1 << 20);
}

TEST_F(ImageFetcherTest, AsksAsItShould) {
  ServeWhole("image");
  FetchRequest request = RequestFor("image");
  request.sources[0].url = "http://STORE.local/a%2fb/../x?sig=%2F%zz&a=b+c";
  EXPECT_FALSE(Fetch(request).ok());
  request.sources[0].url = "http://STORE.local/a%2fb/x?sig=%2F%2f&a=b+c";
  ASSERT_TRUE(Fetch(request).ok());
  const Request asked = server_->requests().at(0);
  EXPECT_EQ(asked.target, "/a%2fb/x?sig=%2F%2f&a=b+c");
  EXPECT_EQ(asked.fields.at("host"),
            absl::StrCat("127.0.0.1:", server_->port()));
  EXPECT_EQ(asked.fields.at("accept-encoding"), "identity");
  EXPECT_EQ(asked.fields.at("user-agent"), "localstore");
  EXPECT_EQ(asked.fields.count("range"), 0);
  EXPECT_EQ(asked.fields.count("authorization"), 0);
}

TEST_F(ImageFetcherTest, TheHostFieldCarriesTheNameWhereThatIsTheIdentity) {
  ServeWhole("image");
  FetchRequest request = RequestFor("image");
  request.sources[0].access.tls_identity = TlsIdentity::kHostName;
  ASSERT_TRUE(Fetch(request).ok());
  EXPECT_EQ(server_->requests().at(0).fields.at("host"),
            absl::StrCat("store.local:", server_->port()));
}

TEST_F(ImageFetcherTest, PassesProxiesOfTheEnvironmentBy) {
  localstore::testing::SetVariable("http_proxy", "http://127.0.0.1:1");
  localstore::testing::SetVariable("ALL_PROXY", "socks5://127.0.0.1:1");
  ServeWhole("image");
  EXPECT_TRUE(Fetch(RequestFor("image")).ok());
  localstore::testing::UnsetVariable("http_proxy");
  localstore::testing::UnsetVariable("ALL_PROXY");
}

TEST_F(ImageFetcherTest, ANamedPortGoesBeforeTheAdvertisedOne) {
  ServeWhole("image");
  endpoints_.Set("store.local", {LoopbackEndpoint(1)});
  FetchRequest request = RequestFor("image");
  request.sources[0].url =
      absl::StrCat("http://store.local:", server_->port(), "/image");
  EXPECT_TRUE(Fetch(request).ok());
}

TEST_F(ImageFetcherTest, TriesEveryEndpoint) {
  ServeWhole("image");
  Endpoint gone = LoopbackEndpoint(server_->port());
  gone.bridge = "no-such-bridge";
  Endpoint deaf = LoopbackEndpoint(1);
  endpoints_.Set("store.local",
                 {gone, deaf, LoopbackEndpoint(server_->port())});
  EXPECT_TRUE(Fetch(RequestFor("image")).ok());
}

TEST_F(ImageFetcherTest, AHostThatAnsweredIsNotAskedAtItsOtherAddresses) {
  Serve([](const Request&, Connection& connection) {
    connection.Send(HttpHead("404 Not Found", {"Content-Length: 0"}));
  });
  Endpoint deaf = LoopbackEndpoint(1);
  const Endpoint here = LoopbackEndpoint(server_->port());
  endpoints_.Set("store.local", {deaf, here, here});
  const absl::Status status = Fetch(RequestFor("image")).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_STATUS);
  EXPECT_EQ(server_->requests().size(), 1);
}

TEST_F(ImageFetcherTest, TheSameNameOnAnotherBridgeIsAskedToo) {
  Serve([](const Request& request, Connection& connection) {
    connection.Send(request.number == 1
                        ? HttpHead("404 Not Found", {"Content-Length: 0"})
                        : HttpOk("image"));
  });
  const Endpoint here = LoopbackEndpoint(server_->port());
  Endpoint elsewhere = here;
  elsewhere.bridge = "";
  endpoints_.Set("store.local", {here, elsewhere});
  EXPECT_TRUE(Fetch(RequestFor("image")).ok());
}

TEST_F(ImageFetcherTest, TellsTheEndpointThatTheErrorIsOf) {
  Serve([](const Request&, Connection& connection) {
    connection.Send(HttpHead("404 Not Found", {"Content-Length: 0"}));
  });
  Endpoint gone = LoopbackEndpoint(1, "127.0.0.2");
  gone.bridge = "no-such-bridge";
  endpoints_.Set("store.local", {LoopbackEndpoint(server_->port()), gone});
  const absl::Status status = Fetch(RequestFor("image")).status();
  EXPECT_EQ(MetadataOf(status, "address"), "127.0.0.1");
  EXPECT_THAT(observer_.events(),
              ElementsAre("attempt 1", "resolving", "connecting 127.0.0.1",
                          "connecting 127.0.0.2", "connecting 127.0.0.1"));
  EXPECT_EQ(observer_.effective_url(),
            absl::StrCat("http://127.0.0.1:", server_->port(), "/image"));
}

TEST_F(ImageFetcherTest, SaysWhichBridgeIsMissing) {
  ServeWhole("image");
  Endpoint gone = LoopbackEndpoint(server_->port());
  gone.bridge = "no-such-bridge";
  endpoints_.Set("store.local", {gone});
  options_.max_attempts = 1;
  const absl::Status status = Fetch(RequestFor("image")).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_EQ(MetadataOf(status, "bridge"), "no-such-bridge");
  EXPECT_THAT(std::string(status.message()), HasSubstr("no-such-bridge"));
}

TEST_F(ImageFetcherTest, MakesTheDirectoriesOfTheDestination) {
  ServeWhole("image");
  FetchRequest request = RequestFor("image");
  request.destination = "a/b/image";
  ASSERT_TRUE(Fetch(request).ok());
  EXPECT_EQ(Read("a/b/image"), "image");
}

TEST_F(ImageFetcherTest, AnotherDigestLeavesNothing) {
  ServeWhole("something else");
  const absl::Status status = Fetch(RequestFor("image")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_DIGEST_MISMATCH);
  EXPECT_EQ(MetadataOf(status, "expected"), Sha256Hex("image"));
  EXPECT_EQ(MetadataOf(status, "actual"), Sha256Hex("something else"));
  EXPECT_FALSE(Exists("image"));
  EXPECT_FALSE(Exists("image.part"));
}

TEST_F(ImageFetcherTest, NotFoundLeavesNothing) {
  Serve([](const Request&, Connection& connection) {
    connection.Send(HttpHead("404 Not Found", {"Content-Length: 4"}) + "gone");
  });
  const absl::Status status = Fetch(RequestFor("image")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_STATUS);
  EXPECT_EQ(MetadataOf(status, "status"), "404");
  EXPECT_EQ(MetadataOf(status, "host"), "store.local");
  EXPECT_EQ(server_->requests().size(), 1);
  EXPECT_FALSE(Exists("image"));
  EXPECT_FALSE(Exists("image.part"));
}

TEST_F(ImageFetcherTest, AnEmptyImageIsAnImage) {
  ServeWhole("");
  FetchRequest request = RequestFor("");
  request.sha256 = Sha256Hex("");
  const absl::StatusOr<FetchResult> result = Fetch(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->size_bytes, 0);
  EXPECT_TRUE(Exists("image"));
}

TEST_F(ImageFetcherTest, WithoutADigestTheSizeIsWhatIsChecked) {
  ServeWhole("image");
  const absl::StatusOr<FetchResult> result = Fetch(RequestFor(""));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->sha256, Sha256Hex("image"));
  EXPECT_EQ(Read("image"), "image");
}

TEST_F(ImageFetcherTest, TheRightFileIsNotTransferredAgain) {
  ServeWhole("image");
  Write("image", "image");
  const absl::StatusOr<FetchResult> result = Fetch(RequestFor("image"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->transferred);
  EXPECT_EQ(result->size_bytes, 5);
  EXPECT_EQ(result->sha256, Sha256Hex("image"));
  EXPECT_TRUE(server_->requests().empty());
}

TEST_F(ImageFetcherTest, AnotherFileIsLeftAloneUnlessToldOtherwise) {
  ServeWhole("image");
  Write("image", "precious");
  FetchRequest request = RequestFor("image");
  const absl::Status status = Fetch(request).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_DESTINATION_EXISTS);
  EXPECT_EQ(Read("image"), "precious");
  EXPECT_TRUE(server_->requests().empty());
  request.overwrite = true;
  ASSERT_TRUE(Fetch(request).ok());
  EXPECT_EQ(Read("image"), "image");
}

TEST_F(ImageFetcherTest, AFileThatAppearsMeanwhileIsLeftAlone) {
  ServeWhole("image");
  observer_.OnEvent([this](const std::string& event) {
    if (event == "verifying") Write("image", "precious");
  });
  EXPECT_EQ(ReasonOf(Fetch(RequestFor("image")).status()),
            v1::ERROR_REASON_DESTINATION_EXISTS);
  EXPECT_EQ(Read("image"), "precious");
}

TEST_F(ImageFetcherTest, AFailedReplacementLeavesTheFileAsItWas) {
  ServeWhole("something else");
  Write("image", "precious");
  FetchRequest request = RequestFor("image");
  request.overwrite = true;
  EXPECT_FALSE(Fetch(request).ok());
  EXPECT_EQ(Read("image"), "precious");
}

TEST_F(ImageFetcherTest, CancelledWhileResolving) {
  endpoints_.NeverAnswer();
  std::thread canceller([this] {
    endpoints_.AwaitQueries(1);
    cancellation_.Request(absl::CancelledError("no longer wanted"));
  });
  EXPECT_EQ(Fetch(RequestFor("image")).status(),
            absl::CancelledError("no longer wanted"));
  canceller.join();
}

TEST_F(ImageFetcherTest, CancelledWhileTheServerIsSilent) {
  Serve([](const Request&, Connection& connection) { connection.Hold(); });
  std::thread canceller([this] {
    server_->AwaitRequests(1);
    cancellation_.Request(absl::DeadlineExceededError("too late"));
  });
  EXPECT_EQ(Fetch(RequestFor("image")).status(),
            absl::DeadlineExceededError("too late"));
  canceller.join();
  EXPECT_FALSE(Exists("image"));
}

TEST_F(ImageFetcherTest, CancelledInMidTransferKeepsWhatThereIs) {
  const std::string image = TestImage(2 << 20);
  Serve([&](const Request&, Connection& connection) {
    connection.Send(HttpOk(image).substr(0, 1 << 20));
    connection.Hold();
  });
  std::thread canceller([this] {
    observer_.AwaitProgress(1 << 19);
    cancellation_.Request(absl::CancelledError("no longer wanted"));
  });
  EXPECT_TRUE(absl::IsCancelled(Fetch(RequestFor(image)).status()));
  canceller.join();
  fetcher_ = nullptr;  // waits for the disk
  EXPECT_FALSE(Exists("image"));
  EXPECT_TRUE(Exists("image.part"));
  Restart();
  EXPECT_TRUE(fetcher_->DiscardPartial("image").ok());
  EXPECT_FALSE(Exists("image.part"));
  EXPECT_FALSE(Exists("image.part.resume"));
}

TEST_F(ImageFetcherTest, MayBeCancelledFromWithinTheObserver) {
  ServeWhole("image");
  observer_.OnEvent([this](const std::string& event) {
    if (event == "verifying") {
      cancellation_.Request(absl::CancelledError("no longer wanted"));
    }
  });
  EXPECT_TRUE(absl::IsCancelled(Fetch(RequestFor("image")).status()));
  EXPECT_FALSE(Exists("image"));
}

TEST_F(ImageFetcherTest, CancelledBeforeItBegan) {
  ServeWhole("image");
  cancellation_.Request(absl::CancelledError("no longer wanted"));
  EXPECT_TRUE(absl::IsCancelled(Fetch(RequestFor("image")).status()));
}

TEST_F(ImageFetcherTest, ManyAtOnce) {
  const std::string image = TestImage(1 << 20);
  ServeWhole(image);
  Restart();
  std::vector<std::thread> callers;
  callers.reserve(32);
  for (int i = 0; i < 32; ++i) {
    callers.emplace_back([&, i] {
      FetchRequest request = RequestFor(image);
      request.destination = absl::StrCat("image", i);
      RecordingObserver observer;
      EXPECT_TRUE(fetcher_->Fetch(request, observer, cancellation_).ok());
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (int i = 0; i < 32; ++i) {
    EXPECT_EQ(Read(absl::StrCat("image", i)), image) << i;
  }
}

TEST_F(ImageFetcherTest, OneAfterTheOtherToOneDestination) {
  const std::string image = TestImage(1 << 20);
  ServeWhole(image);
  Restart();
  std::vector<std::thread> callers;
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      RecordingObserver observer;
      EXPECT_TRUE(
          fetcher_->Fetch(RequestFor(image), observer, cancellation_).ok());
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(server_->requests().size(), 1);
}

TEST_F(ImageFetcherTest, RejectsWhatCanNeverWork) {
  Restart();
  const auto reason = [this](const std::function<void(FetchRequest&)>& change) {
    FetchRequest request = RequestFor("image");
    change(request);
    const absl::Status status = fetcher_->Validate(request);
    EXPECT_EQ(Fetch(request).status(), status);
    return ReasonOf(status);
  };
  EXPECT_EQ(reason([](FetchRequest& r) { r.sources.clear(); }),
            v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(reason([](FetchRequest& r) { r.sha256 = "abc"; }),
            v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(reason([](FetchRequest& r) { r.size_bytes = -1; }),
            v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(reason([](FetchRequest& r) {
              r.size_bytes = 2;
              r.max_size_bytes = 1;
            }),
            v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(reason([](FetchRequest& r) { r.destination = "../image"; }),
            v1::ERROR_REASON_DESTINATION_INVALID);
  EXPECT_EQ(reason([](FetchRequest& r) {
              r.sources[0].url = "http://example.com/image";
            }),
            v1::ERROR_REASON_HOST_NOT_LOCAL);
  EXPECT_EQ(reason([](FetchRequest& r) {
              r.sources[0].access.authorization = "Basic eDp5";
            }),
            v1::ERROR_REASON_CREDENTIALS_OVER_HTTP);
}

TEST(ImageFetcherCreateTest, NeedsItsDirectory) {
  FakeEndpointSource endpoints;
  ImageFetcher::Options options;
  options.download_directory = "/no/such/directory";
  EXPECT_EQ(ReasonOf(ImageFetcher::Create(options, &endpoints).status()),
            v1::ERROR_REASON_STORAGE_FAILED);
}

}  // namespace
}  // namespace localstore::fetcher
