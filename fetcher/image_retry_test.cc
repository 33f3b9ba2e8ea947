// What may pass is tried again; what will not is left for the next source.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/testing/fetch_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Request = ScriptedHttpServer::Request;
using Connection = ScriptedHttpServer::Connection;

constexpr size_t kSize = 1 << 20;
constexpr char kEtag[] = "\"v1\"";

class ImageRetryTest : public FetchTest {
 protected:
  ImageRetryTest() : image_(TestImage(kSize)) {
    options_.initial_backoff = absl::Milliseconds(1);
    options_.max_attempts = 3;
  }

  // Answers with `head` until request number `rightly_from`.
  void ServeAtFirst(const std::string& head, int rightly_from) {
    Serve([=](const Request& request, Connection& connection) {
      connection.Send(request.number < rightly_from ? head : HttpOk(image_));
    });
  }
  // Cancels the fetch once it waits; returns for how long it would have.
  absl::Duration DelayOfFirstWait() {
    observer_.OnEvent([this](const std::string& event) {
      if (event.rfind("waiting", 0) == 0) {
        cancellation_.Request(absl::CancelledError("seen enough"));
      }
    });
    EXPECT_TRUE(absl::IsCancelled(Fetch(RequestFor(image_)).status()));
    const std::vector<absl::Duration> delays = observer_.delays();
    return delays.empty() ? absl::ZeroDuration() : delays[0];
  }

  const std::string image_;
};

TEST_F(ImageRetryTest, TriesAgainWhatMayPass) {
  for (const char* status :
       {"408 Request Timeout", "425 Too Early", "429 Too Many Requests",
        "500 Internal Server Error", "503 Service Unavailable"}) {
    ServeAtFirst(HttpHead(status, {"Content-Length: 0"}), 3);
    FetchRequest request = RequestFor(image_);
    request.destination = std::string(status, 3);
    EXPECT_TRUE(Fetch(request).ok()) << status;
    EXPECT_EQ(server_->requests().size(), 3) << status;
  }
}

TEST_F(ImageRetryTest, DoesNotTryAgainWhatWillNotPass) {
  for (const char* status :
       {"400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found",
        "410 Gone", "204 No Content", "305 Use Proxy"}) {
    ServeAtFirst(HttpHead(status, {"Content-Length: 0"}), 2);
    const absl::Status error = Fetch(RequestFor(image_)).status();
    EXPECT_EQ(ReasonOf(error), v1::ERROR_REASON_HTTP_STATUS);
    EXPECT_EQ(MetadataOf(error, "status"), std::string(status, 3));
    EXPECT_EQ(server_->requests().size(), 1) << status;
  }
}

TEST_F(ImageRetryTest, TellsWhoWaitsForWhat) {
  ServeAtFirst(HttpHead("503 Service Unavailable", {"Content-Length: 0"}), 2);
  ASSERT_TRUE(Fetch(RequestFor(image_)).ok());
  EXPECT_THAT(
      observer_.events(),
      ElementsAre("attempt 1", "resolving", "connecting 127.0.0.1",
                  "waiting HTTP_STATUS", "attempt 2", "resolving",
                  "connecting 127.0.0.1",
                  absl::StrCat("transferring ", kSize, "/0"), "verifying"));
  const std::vector<EndpointSource::Query> queries = endpoints_.queries();
  ASSERT_EQ(queries.size(), 2);
  EXPECT_FALSE(queries[0].fresh);
  EXPECT_TRUE(queries[1].fresh);
  EXPECT_EQ(queries[0].host, "store.local");
  EXPECT_EQ(queries[0].scheme, "http");
}

TEST_F(ImageRetryTest, WaitsAsLongAsTheServerAsks) {
  ServeAtFirst(HttpHead("503 Service Unavailable",
                        {"Retry-After: 70", "Content-Length: 0"}),
               9);
  EXPECT_GT(DelayOfFirstWait(), absl::Seconds(60));
}

TEST_F(ImageRetryTest, ButNotForever) {
  ServeAtFirst(HttpHead("429 Too Many Requests",
                        {"Retry-After: 999999999", "Content-Length: 0"}),
               9);
  options_.max_retry_after = absl::Seconds(100);
  const absl::Duration delay = DelayOfFirstWait();
  EXPECT_GT(delay, absl::Seconds(90));
  EXPECT_LE(delay, absl::Seconds(100));
}

TEST_F(ImageRetryTest, GivesUpAfterSoManyAttempts) {
  ServeAtFirst(HttpHead("500 Internal Server Error", {"Content-Length: 0"}), 9);
  const absl::Status error = Fetch(RequestFor(image_)).status();
  EXPECT_EQ(ReasonOf(error), v1::ERROR_REASON_HTTP_STATUS);
  EXPECT_EQ(error.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(error.message()), HasSubstr("(3 times)"));
  EXPECT_EQ(server_->requests().size(), 3);
}

TEST_F(ImageRetryTest, AHostThatAppearsIsUsedAtOnce) {
  Serve([this](const Request&, Connection& connection) {
    connection.Send(HttpOk(image_));
  });
  endpoints_.Set("store.local", {});
  options_.initial_backoff = absl::Hours(1000);
  options_.max_backoff = absl::Hours(1000);
  std::thread app([this] {
    observer_.Await("waiting HOST_NOT_FOUND");
    endpoints_.Set("store.local", {LoopbackEndpoint(server_->port())});
  });
  EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
  app.join();
}

TEST_F(ImageRetryTest, AWakeThatDoesNotHelpCostsNoAttempt) {
  options_.initial_backoff = absl::Hours(1000);
  options_.max_backoff = absl::Hours(1000);
  options_.max_attempts = 2;
  Serve([this](const Request&, Connection& connection) {
    connection.Send(HttpOk(image_));
  });
  endpoints_.Set("store.local", {});
  std::thread bridges([this] {
    observer_.Await("waiting");
    for (size_t i = 2; i < 6; ++i) {
      endpoints_.Notify();
      endpoints_.AwaitQueries(i);
    }
    endpoints_.Set("store.local", {LoopbackEndpoint(server_->port())});
  });
  EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
  bridges.join();
}

TEST_F(ImageRetryTest, CancelledWhileItWaits) {
  endpoints_.Set("store.local", {});
  options_.initial_backoff = absl::Hours(1000);
  options_.max_backoff = absl::Hours(1000);
  EXPECT_GT(DelayOfFirstWait(), absl::ZeroDuration());
}

TEST_F(ImageRetryTest, TheNextSourceIsAskedWhenOneFailsForGood) {
  Serve([this](const Request& request, Connection& connection) {
    connection.Send(request.target == "/2"
                        ? HttpOk(image_)
                        : HttpHead("404 Not Found", {"Content-Length: 0"}));
  });
  FetchRequest request = RequestFor(image_);
  request.sources.resize(2);
  request.sources[0] = {"first", "http://store.local/1", {}, ""};
  request.sources[1] = {"second", "http://store.local/2", {}, ""};
  ASSERT_TRUE(Fetch(request).ok());
  const std::vector<std::string> events = observer_.events();
  EXPECT_EQ(events[0], "attempt 1 first");
  EXPECT_EQ(std::count(events.begin(), events.end(), "attempt 2 second"), 1);
}

TEST_F(ImageRetryTest, TheErrorTellsTheWholeHistory) {
  Serve([](const Request& request, Connection& connection) {
    connection.Send(HttpHead(
        request.target == "/1" ? "503 Service Unavailable" : "403 Forbidden",
        {"Content-Length: 0"}));
  });
  FetchRequest request = RequestFor(image_);
  request.sources.resize(3);
  request.sources[0] = {"first", "http://store.local/1", {}, ""};
  request.sources[1] = {"second", "http://gone.local/2", {}, ""};
  request.sources[2] = {"third", "http://store.local/3", {}, ""};
  const absl::Status error = Fetch(request).status();
  EXPECT_EQ(error.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(MetadataOf(error, "status"), "403");
  const std::string message(error.message());
  EXPECT_THAT(message, HasSubstr("first: HTTP_STATUS"));
  EXPECT_THAT(message, HasSubstr("503"));
  EXPECT_THAT(message, HasSubstr("(3 times)"));
  EXPECT_THAT(message, HasSubstr("second: HOST_NOT_FOUND"));
}

TEST_F(ImageRetryTest, NoRoomForWhatIsAnnouncedIsLeftToTheNextSource) {
  Serve([this](const Request& request, Connection& connection) {
    if (request.target == "/2") {
      connection.Send(HttpOk(image_));
      return;
    }
    connection.Send(
        HttpHead("200 OK", {"Content-Length: 4611686018427387904"}));
    connection.Hold();
  });
  FetchRequest request = RequestFor(image_);
  const absl::Status error = Fetch(request).status();
  EXPECT_EQ(ReasonOf(error), v1::ERROR_REASON_NO_SPACE);
  EXPECT_EQ(MetadataOf(error, "announced_bytes"), "4611686018427387904");
  EXPECT_THAT(
      std::string(error.message()),
      AllOf(HasSubstr("announces 4611686018427387904 bytes"),
            HasSubstr(absl::StrCat(MetadataOf(error, "free_bytes"), " free"))));
  EXPECT_EQ(server_->requests().size(), 1);
  EXPECT_FALSE(Exists("image.part"));
  request.sources.push_back(request.sources[0]);
  request.sources[1].url = "http://store.local/2";
  EXPECT_TRUE(Fetch(request).ok());
}

// Nor would the same again help where HTTP is not as it should be: once more,
// then the next.
TEST_F(ImageRetryTest, UnusableAnswersAreTriedOnceMoreOnly) {
  const std::string coded = HttpOk("x", {"Content-Encoding: gzip"});
  const std::string contradictory =
      HttpOk("x", {"Content-Length: 2", "Content-Length: 3"});
  std::string flood = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&flood, "X-", i, ": 1\r\n");
  options_.max_attempts = 10;
  for (const std::string& bad : {coded, contradictory, flood + "\r\n"}) {
    Serve([&](const Request& request, Connection& connection) {
      connection.Send(request.target == "/2" ? HttpOk(image_) : bad);
    });
    FetchRequest request = RequestFor(image_);
    request.destination = std::to_string(bad.size());
    request.sources.push_back(request.sources[0]);
    request.sources[1].url = "http://store.local/2";
    EXPECT_TRUE(Fetch(request).ok());
    EXPECT_EQ(server_->requests().size(), 3);
  }
  EXPECT_THAT(observer_.failures(), Each("HTTP_PROTOCOL"));
}

TEST_F(ImageRetryTest, NoRoomIsSeenBeforeAnythingIsAsked) {
  ServeAtFirst("", 1);
  FetchRequest request = RequestFor(image_);
  request.size_bytes = 9'000'000'000'000'000;
  EXPECT_EQ(ReasonOf(Fetch(request).status()), v1::ERROR_REASON_NO_SPACE);
  EXPECT_TRUE(server_->requests().empty());
  EXPECT_FALSE(Exists("image.part"));
}

TEST_F(ImageRetryTest, SilenceIsAStall) {
  options_.stall_timeout = absl::Milliseconds(150);
  Serve([this](const Request& request, Connection& connection) {
    const std::string response = HttpRangeAware(request, image_, kEtag);
    if (request.number < 3) {
      connection.Send(response.substr(0, response.size() / 2));
      connection.Hold();
    } else {
      connection.Send(response);
    }
  });
  ASSERT_TRUE(Fetch(RequestFor(image_)).ok());
  EXPECT_TRUE(Read("image") == image_);
  const std::vector<std::string> events = observer_.events();
  EXPECT_EQ(std::count(events.begin(), events.end(), "waiting STALLED"), 2);
}

TEST_F(ImageRetryTest, ATrickleIsAStall) {
  options_.stall_window = absl::Milliseconds(300);
  options_.min_bytes_per_second = 1 << 20;
  options_.max_attempts = 1;
  Serve([this](const Request&, Connection& connection) {
    const std::string response = HttpOk(image_);
    size_t at = 0;
    do {
      connection.Send(response.substr(at, 100));
      at += 100;
    } while (connection.Pause(10));
  });
  const absl::Status error = Fetch(RequestFor(image_)).status();
  EXPECT_EQ(ReasonOf(error), v1::ERROR_REASON_STALLED);
  EXPECT_THAT(std::string(error.message()), HasSubstr("less than 1048576"));
}

TEST_F(ImageRetryTest, AHeadThatTricklesIsAStall) {
  options_.stall_timeout = absl::Milliseconds(150);
  options_.max_attempts = 1;
  Serve([](const Request&, Connection& connection) {
    connection.Send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; connection.Pause(20); ++i) {
      connection.Send(absl::StrCat("X-", i, ": 1\r\n"));
    }
  });
  EXPECT_EQ(ReasonOf(Fetch(RequestFor(image_)).status()),
            v1::ERROR_REASON_STALLED);
}

// An App that comes back with another address leaves its connections silent.
class ImageMoveTest : public ImageRetryTest {
 protected:
  ImageMoveTest() {
    // Nothing but the move can end the transfer.
    options_.stall_timeout = absl::Hours(1000);
    options_.min_bytes_per_second = 0;
  }

  void ServeHalfThenFallSilent() {
    Serve([this](const Request& request, Connection& connection) {
      const std::string response = HttpRangeAware(request, image_, kEtag);
      connection.Send(response.substr(0, response.size() / 2));
      connection.Hold();
    });
    reborn_ = std::make_unique<ScriptedHttpServer>(
        [this](const Request& request, Connection& connection) {
          connection.Send(HttpRangeAware(request, image_, kEtag));
        },
        "127.0.0.2");
  }
  Endpoint Before() { return LoopbackEndpoint(server_->port()); }
  Endpoint After() { return LoopbackEndpoint(reborn_->port(), "127.0.0.2"); }

  void ExpectToFollow(const std::vector<Endpoint>& now) {
    std::thread app([&] {
      observer_.AwaitProgress(kSize / 4);
      endpoints_.Set("store.local", now);
    });
    EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
    app.join();
    EXPECT_TRUE(Read("image") == image_);
    EXPECT_EQ(server_->requests().size(), 1);
    ASSERT_EQ(reborn_->requests().size(), 1);
    EXPECT_GT(reborn_->requests()[0].RangeStart(), 0);
    for (const std::string& event : observer_.events()) {
      EXPECT_THAT(event, Not(StartsWith("waiting")));
    }
  }

  std::unique_ptr<ScriptedHttpServer> reborn_;
};

TEST_F(ImageMoveTest, IsFollowedWhenTheOldAddressIsGone) {
  ServeHalfThenFallSilent();
  ExpectToFollow({After()});
}

TEST_F(ImageMoveTest, IsFollowedWhileTheOldAddressIsStillKnown) {
  ServeHalfThenFallSilent();
  ExpectToFollow({Before(), After()});
}

// An App that moves on and on: each address sends a part and falls silent.
class ImageMovesTest : public ImageMoveTest {
 protected:
  static constexpr int kAddresses = 4;

  ImageMovesTest() {
    // Were a move missed, this would end the transfer, and be told.
    options_.stall_timeout = absl::Seconds(20);
    for (int i = 0; i < kAddresses; ++i) {
      apps_.push_back(std::make_unique<ScriptedHttpServer>(
          [this](const Request& request, Connection& connection) {
            const std::string response = HttpRangeAware(request, image_, kEtag);
            if (++requests_ == last_request_) {
              connection.Send(response);
              return;
            }
            connection.Send(
                response.substr(0, response.find("\r\n\r\n") + 4 + kSize / 8));
            connection.Hold();
          },
          absl::StrCat("127.0.0.", i + 1)));
    }
  }
  // Announced at the `time`-th move.
  Endpoint App(int i, int time) {
    Endpoint endpoint =
        LoopbackEndpoint(apps_.at(i)->port(), absl::StrCat("127.0.0.", i + 1));
    endpoint.ttl = absl::Seconds(100 + 10 * time);
    return endpoint;
  }
  // Fetches while the host is announced at each of `steps` in turn, once what
  // the one before has to send is there.
  void ExpectToFollow(const std::vector<std::vector<Endpoint>>& steps) {
    last_request_ = static_cast<int>(steps.size());
    endpoints_.Set("store.local", steps[0]);
    std::thread host([&] {
      for (size_t i = 1; i < steps.size(); ++i) {
        observer_.AwaitProgress(static_cast<int64_t>(kSize / 8 * i));
        endpoints_.Set("store.local", steps[i]);
      }
    });
    const absl::Status status = Fetch(RequestFor(image_)).status();
    host.join();
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE(Read("image") == image_);
    EXPECT_EQ(requests_, last_request_);
    EXPECT_THAT(observer_.failures(), Each("CONNECT_FAILED"));
    for (const std::string& event : observer_.events()) {
      EXPECT_THAT(event, Not(StartsWith("waiting")));
    }
  }

  std::atomic<int> requests_{0};
  int last_request_ = 0;
  std::vector<std::unique_ptr<ScriptedHttpServer>> apps_;
};

TEST_F(ImageMovesTest, AreFollowedAsOftenAsTheyCome) {
  ExpectToFollow({{App(0, 0)}, {App(1, 1)}, {App(2, 2)}, {App(3, 3)}});
}

// Without cache-flush bits, and without goodbyes.
TEST_F(ImageMovesTest, AreFollowedWhileOldAddressesAreStillKnown) {
  ExpectToFollow({{App(0, 0)},
                  {App(0, 0), App(1, 1)},
                  {App(0, 0), App(1, 1), App(2, 2)},
                  {App(0, 0), App(1, 1), App(2, 2), App(3, 3)}});
}

TEST_F(ImageMovesTest, AreFollowedBack) {
  ExpectToFollow({{App(0, 0)}, {App(1, 1)}, {App(0, 2)}, {App(1, 3)}});
}

TEST_F(ImageMovesTest, AreFollowedBackWhileOldAddressesAreStillKnown) {
  ExpectToFollow({{App(0, 0)},
                  {App(0, 0), App(1, 1)},
                  {App(0, 2), App(1, 1)},
                  {App(0, 2), App(1, 3)}});
}

TEST_F(ImageMovesTest, AreFollowedMoreOftenThanThereAreAttempts) {
  options_.max_attempts = 1;
  ExpectToFollow({{App(0, 0)}, {App(1, 1)}, {App(2, 2)}, {App(3, 3)}});
}

TEST_F(ImageMoveTest, IsFollowedWhileStillConnecting) {
  Serve([](const Request&, Connection& connection) { connection.Hold(); });
  reborn_ = std::make_unique<ScriptedHttpServer>(
      [this](const Request& request, Connection& connection) {
        connection.Send(HttpRangeAware(request, image_, kEtag));
      },
      "127.0.0.2");
  std::thread app([&] {
    server_->AwaitRequests(1);
    endpoints_.Set("store.local", {After()});
  });
  EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
  app.join();
}

TEST_F(ImageMoveTest, ATransferThatGoesOnIsLeftAlone) {
  Serve([this](const Request& request, Connection& connection) {
    const std::string response = HttpRangeAware(request, image_, kEtag);
    for (size_t at = 0; at < response.size(); at += response.size() / 20) {
      if (!connection.Send(response.substr(at, response.size() / 20))) return;
      if (!connection.Pause(30)) return;
    }
  });
  std::thread app([this] {
    observer_.AwaitProgress(1);
    endpoints_.Set("store.local", {LoopbackEndpoint(1, "127.0.0.2")});
  });
  EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
  app.join();
  EXPECT_EQ(server_->requests().size(), 1);
}

}  // namespace
}  // namespace localstore::fetcher
