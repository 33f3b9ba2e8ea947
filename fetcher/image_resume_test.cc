// Going on with the bytes that are there, whatever the web server answers.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/storage/resume_record.h"
#include "fetcher/testing/failing_calls.h"
#include "fetcher/testing/fetch_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Request = ScriptedHttpServer::Request;
using Connection = ScriptedHttpServer::Connection;

constexpr size_t kSize = 2 << 20;
constexpr int64_t kHeld = 1 << 20;  // of the image, in the unfinished file
constexpr char kEtag[] = "\"v1\"";
constexpr char kUrl[] = "http://store.local/image";

std::string Answer206(const std::string& content_range, const std::string& body,
                      const std::string& more = "X-Test: 1") {
  return absl::StrCat(
      HttpHead("206 Partial Content",
               {absl::StrCat("Content-Range: ", content_range), more,
                absl::StrCat("Content-Length: ", body.size())}),
      body);
}

class ImageResumeTest : public FetchTest {
 protected:
  ImageResumeTest() : image_(TestImage(kSize)) {
    options_.initial_backoff = absl::Milliseconds(1);
    options_.max_attempts = 3;
  }

  // What an earlier download left: the record, and bytes beyond it.
  ResumeRecord Record() const {
    ResumeRecord record;
    record.source = Sha256Hex(kUrl);
    record.etag = kEtag;
    record.sha256 = Sha256Hex(image_);
    record.total_bytes = kSize;
    record.durable_bytes = kHeld;
    return record;
  }
  void LeavePartial(const ResumeRecord& record) {
    Write("image.part", image_.substr(0, kHeld) + "not durable yet");
    Write("image.part.resume", FormatResumeRecord(record));
  }

  // A server that answers requests with a range as told, all others rightly.
  void ServeRanges(std::function<std::string(const Request&)> answer) {
    Serve([this, answer = std::move(answer)](const Request& request,
                                             Connection& connection) {
      if (request.fields.count("range") > 0) {
        connection.Send(answer(request));
      } else {
        connection.Send(HttpOk(image_, {absl::StrCat("ETag: ", kEtag)}));
      }
    });
  }
  void ServeRightly() {
    Serve([this](const Request& request, Connection& connection) {
      connection.Send(HttpRangeAware(request, image_, kEtag));
    });
  }
  std::string Rest() const { return image_.substr(kHeld); }
  void ExpectImage(const FetchRequest& request) {
    const absl::StatusOr<FetchResult> result = Fetch(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->sha256, Sha256Hex(image_));
    EXPECT_TRUE(Read("image") == image_);
    EXPECT_FALSE(Exists("image.part"));
    EXPECT_FALSE(Exists("image.part.resume"));
  }
  void ExpectImage() { ExpectImage(RequestFor(image_)); }

  // The fields of each request that was made, in order.
  std::string Field(size_t request, const std::string& name) {
    const auto fields = server_->requests().at(request).fields;
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }

  const std::string image_;
};

// Has a fetch cancelled when it has only just begun.
class CancellingEndpointSource : public FakeEndpointSource {
 public:
  explicit CancellingEndpointSource(Cancellation* cancellation)
      : cancellation_(*cancellation) {}
  std::unique_ptr<Subscription> WatchChanges(
      std::function<void()> changed) override {
    cancellation_.Request(absl::CancelledError("stop"));
    return FakeEndpointSource::WatchChanges(std::move(changed));
  }

 private:
  Cancellation& cancellation_;
};

TEST_F(ImageResumeTest, ACancelBeforeThePrefixIsReadKeepsIt) {
  LeavePartial(Record());
  CancellingEndpointSource endpoints(&cancellation_);
  absl::StatusOr<std::unique_ptr<ImageFetcher>> fetcher =
      ImageFetcher::Create(options_, &endpoints);
  ASSERT_TRUE(fetcher.ok()) << fetcher.status();
  EXPECT_TRUE(absl::IsCancelled(
      (*fetcher)
          ->Fetch(RequestFor(image_), observer_, cancellation_)
          .status()));
  fetcher->reset();  // waits for it to wind up
  EXPECT_TRUE(Exists("image.part.resume"));
  EXPECT_TRUE(Read("image.part") == image_.substr(0, kHeld));
}

TEST_F(ImageResumeTest, GoesOnAfterACancelAndARestart) {
  Serve([this](const Request& request, Connection& connection) {
    const std::string response = HttpRangeAware(request, image_, kEtag);
    if (request.number > 1) {
      connection.Send(response);
      return;
    }
    connection.Send(response.substr(0, response.find("\r\n\r\n") + 4 + kHeld));
    connection.Hold();
  });
  std::thread canceller([this] {
    observer_.AwaitProgress(kHeld);
    cancellation_.Request(absl::CancelledError("stop"));
  });
  EXPECT_TRUE(absl::IsCancelled(Fetch(RequestFor(image_)).status()));
  canceller.join();
  Restart();
  Cancellation another;
  ASSERT_TRUE(fetcher_->Fetch(RequestFor(image_), observer_, another).ok());
  EXPECT_TRUE(Read("image") == image_);
  EXPECT_EQ(Field(1, "range"), absl::StrCat("bytes=", kHeld, "-"));
  EXPECT_EQ(Field(1, "if-range"), kEtag);
  EXPECT_THAT(observer_.events(),
              Contains(absl::StrCat("transferring ", kSize, "/", kHeld)));
}

TEST_F(ImageResumeTest, GoesOnAfterAKill) {
  LeavePartial(Record());
  ServeRightly();
  ExpectImage();
  ASSERT_EQ(server_->requests().size(), 1);
  EXPECT_EQ(Field(0, "range"), absl::StrCat("bytes=", kHeld, "-"));
}

TEST_F(ImageResumeTest, GoesOnWhenTheConnectionEnds) {
  Serve([this](const Request& request, Connection& connection) {
    const std::string response = HttpRangeAware(request, image_, kEtag);
    connection.Send(response.substr(0, response.size() / 2));
    if (request.number == 1) connection.Reset();
    if (request.number == 4)
      connection.Send(response.substr(response.size() / 2));
  });
  ExpectImage();
  EXPECT_EQ(server_->requests().size(), 4);
  EXPECT_NE(Field(3, "range"), "");
}

TEST_F(ImageResumeTest, AWholeAnswerBeginsAnewWithoutAskingAgain) {
  LeavePartial(Record());
  ServeRanges([this](const Request&) { return HttpOk(image_); });
  ExpectImage();
  EXPECT_EQ(server_->requests().size(), 1);
  EXPECT_THAT(observer_.events(),
              Contains(absl::StrCat("transferring ", kSize, "/0")));
}

TEST_F(ImageResumeTest, AChangedImageBeginsAnew) {
  ResumeRecord record = Record();
  record.etag = "\"v0\"";
  LeavePartial(record);
  ServeRightly();
  ExpectImage();
  EXPECT_EQ(server_->requests().size(), 1);
  EXPECT_EQ(Field(0, "if-range"), "\"v0\"");
}

// Each of these answers to the range is useless, and must not end up in the
// file; the whole image is then asked for, once.
struct UselessAnswer {
  const char* name;
  std::function<std::string(const std::string& image)> make;
};

class UselessAnswerTest : public ImageResumeTest,
                          public ::testing::WithParamInterface<UselessAnswer> {
};

TEST_P(UselessAnswerTest, IsFollowedByOneRequestForTheWhole) {
  LeavePartial(Record());
  ServeRanges([this](const Request&) { return GetParam().make(image_); });
  ExpectImage();
  ASSERT_EQ(server_->requests().size(), 2);
  EXPECT_EQ(Field(1, "range"), "");
  EXPECT_EQ(Field(1, "if-range"), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, UselessAnswerTest,
    ::testing::Values(
        UselessAnswer{"AnotherOffset",
                      [](const std::string& image) {
                        return Answer206("bytes 0-2097151/2097152", image);
                      }},
        UselessAnswer{"OneByteOff",
                      [](const std::string& image) {
                        return Answer206("bytes 1048575-2097151/2097152",
                                         image.substr(kHeld - 1));
                      }},
        UselessAnswer{"NoContentRange",
                      [](const std::string& image) {
                        return HttpHead("206 Partial Content",
                                        {"Content-Length: 1048576"}) +
                               image.substr(kHeld);
                      }},
        UselessAnswer{"MalformedContentRange",
                      [](const std::string& image) {
                        return Answer206("bytes 1048576-/2097152",
                                         image.substr(kHeld));
                      }},
        UselessAnswer{"LengthAgainstContentRange",
                      [](const std::string& image) {
                        return Answer206("bytes 1048576-2097151/2097152",
                                         image.substr(kHeld + 1));
                      }},
        UselessAnswer{"Multipart",
                      [](const std::string& image) {
                        return HttpHead("206 Partial Content",
                                        {"Content-Type: multipart/byteranges; "
                                         "boundary=x",
                                         "Content-Length: 1048576"}) +
                               image.substr(kHeld);
                      }},
        UselessAnswer{"AnotherTotal",
                      [](const std::string& image) {
                        return Answer206("bytes 1048576-2097151/2097153",
                                         image.substr(kHeld));
                      }},
        UselessAnswer{"AnotherEtag",
                      [](const std::string& image) {
                        return Answer206("bytes 1048576-2097151/2097152",
                                         image.substr(kHeld), "ETag: \"v2\"");
                      }},
        UselessAnswer{"NotSatisfiable",
                      [](const std::string&) {
                        return HttpHead(
                            "416 Range Not Satisfiable",
                            {"Content-Range: bytes */5", "Content-Length: 0"});
                      }},
        UselessAnswer{"NotSatisfiableWithoutALength",
                      [](const std::string&) {
                        return HttpHead("416 Range Not Satisfiable",
                                        {"Content-Length: 0"});
                      }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ImageResumeTest, ARangeMayComeChunked) {
  LeavePartial(Record());
  ServeRanges([this](const Request&) {
    return absl::StrCat(HttpHead("206 Partial Content",
                                 {"Content-Range: bytes 1048576-2097151/*",
                                  "Transfer-Encoding: chunked"}),
                        "100000\r\n", Rest(), "\r\n0\r\n\r\n");
  });
  ExpectImage();
  EXPECT_EQ(server_->requests().size(), 1);
}

TEST_F(ImageResumeTest, ARangeMayComeInParts) {
  LeavePartial(Record());
  ServeRanges([this](const Request& request) {
    const int64_t start = request.RangeStart();
    const int64_t end = std::min<int64_t>(start + (400 << 10), kSize);
    return Answer206(absl::StrCat("bytes ", start, "-", end - 1, "/", kSize),
                     image_.substr(start, end - start));
  });
  ExpectImage();
  EXPECT_EQ(server_->requests().size(), 3);
  EXPECT_EQ(observer_.events().front(), "attempt 1");
  EXPECT_THAT(observer_.events(), Not(Contains("attempt 2")));
}

TEST_F(ImageResumeTest, MoreThanTheRangeIsNotTaken) {
  LeavePartial(Record());
  ServeRanges([this](const Request&) {
    return absl::StrCat(
        HttpHead("206 Partial Content",
                 {"Content-Range: bytes 1048576-2097151/2097152",
                  "Transfer-Encoding: chunked"}),
        "100001\r\n", Rest(), "!\r\n0\r\n\r\n");
  });
  ExpectImage();
  EXPECT_GT(server_->requests().size(), 1);
}

TEST_F(ImageResumeTest, NothingLeftToAskForIsTheEnd) {
  ResumeRecord record = Record();
  record.total_bytes = 0;  // it came without a length
  record.durable_bytes = kSize;
  Write("image.part", image_);
  Write("image.part.resume", FormatResumeRecord(record));
  ServeRanges([](const Request&) {
    return HttpHead("416 Range Not Satisfiable",
                    {"Content-Range: bytes */2097152", "Content-Length: 0"});
  });
  ExpectImage();
  EXPECT_EQ(server_->requests().size(), 1);
}

TEST_F(ImageResumeTest, NothingLeftOfAnImageOfAnotherSizeIsFetchedAnewOnce) {
  ResumeRecord record = Record();
  record.total_bytes = 0;
  record.durable_bytes = kHeld;
  Write("image.part", image_.substr(0, kHeld));
  Write("image.part.resume", FormatResumeRecord(record));
  ServeRanges([](const Request&) {
    return HttpHead(
        "416 Range Not Satisfiable",
        {absl::StrCat("Content-Range: bytes */", kHeld), "Content-Length: 0"});
  });
  FetchRequest request = RequestFor(image_);
  request.size_bytes = kSize;
  const absl::StatusOr<FetchResult> result = Fetch(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(Read("image") == image_);
  ASSERT_EQ(server_->requests().size(), 2);
  EXPECT_NE(Field(0, "range"), "");
  EXPECT_EQ(Field(1, "range"), "");
}

TEST_F(ImageResumeTest, AWholePartialFileNeedsNoServer) {
  ResumeRecord record = Record();
  record.durable_bytes = kSize;
  Write("image.part", image_);
  Write("image.part.resume", FormatResumeRecord(record));
  ServeRightly();
  const absl::StatusOr<FetchResult> result = Fetch(RequestFor(image_));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->transferred);
  EXPECT_TRUE(Read("image") == image_);
  EXPECT_TRUE(server_->requests().empty());
}

TEST_F(ImageResumeTest, AnUnfinishedFileThatRottedIsFetchedAnewOnce) {
  LeavePartial(Record());
  std::string rotten = image_.substr(0, kHeld);
  rotten[12345] ^= 1;
  Write("image.part", rotten);
  ServeRightly();
  ExpectImage();
  ASSERT_EQ(server_->requests().size(), 2);
  EXPECT_NE(Field(0, "range"), "");
  EXPECT_EQ(Field(1, "range"), "");
}

TEST_F(ImageResumeTest, AWholeFileThatRottedIsFetchedAnew) {
  ResumeRecord record = Record();
  record.durable_bytes = kSize;
  std::string rotten = image_;
  rotten[12345] ^= 1;
  Write("image.part", rotten);
  Write("image.part.resume", FormatResumeRecord(record));
  ServeRightly();
  ExpectImage();
  ASSERT_EQ(server_->requests().size(), 1);
  EXPECT_EQ(Field(0, "range"), "");
  EXPECT_THAT(observer_.troubles(), ElementsAre("DIGEST_MISMATCH"));
}

// Whether a digest verifies the whole in the end, or none does.
TEST_F(ImageResumeTest, AnUnfinishedFileThatRottedIsSeenBeforeItIsContinued) {
  FetchRequest request = RequestFor(image_);
  for (const std::string& sha256 : {request.sha256, std::string()}) {
    ResumeRecord record = Record();
    record.sha256 = request.sha256 = sha256;
    record.durable_sha256 = Sha256Hex(image_.substr(0, kHeld));
    LeavePartial(record);
    std::string rotten = image_.substr(0, kHeld);
    rotten[12345] ^= 1;
    Write("image.part", rotten);
    ServeRightly();
    ExpectImage(request);
    ASSERT_EQ(server_->requests().size(), 1);
    EXPECT_EQ(Field(0, "range"), "");
    unlink(Path("image").c_str());
  }
  EXPECT_THAT(observer_.troubles(),
              ElementsAre("DIGEST_MISMATCH", "DIGEST_MISMATCH"));
}

TEST_F(ImageResumeTest, AnUnfinishedFileThatCannotBeReadIsFetchedAnew) {
  LeavePartial(Record());
  ServeRightly();
  const FailingCalls fail(FailingCalls::Call::kRead, "image.part", EIO);
  ExpectImage();
  EXPECT_GT(fail.count(), 0);
  ASSERT_EQ(server_->requests().size(), 1);
  EXPECT_EQ(Field(0, "range"), "");
  EXPECT_THAT(observer_.troubles(), ElementsAre("STORAGE_FAILED"));
}

TEST_F(ImageResumeTest, ARecordThatCannotBeDeletedIsNoFailure) {
  LeavePartial(Record());
  ServeRightly();
  std::unique_ptr<FailingCalls> fail;
  observer_.OnEvent([&fail](const std::string& event) {
    if (event != "verifying") return;
    fail = std::make_unique<FailingCalls>(FailingCalls::Call::kDelete,
                                          "image.part.resume", EIO);
  });
  absl::StatusOr<FetchResult> result = Fetch(RequestFor(image_));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(Read("image") == image_);
  EXPECT_TRUE(Exists("image.part.resume"));
  EXPECT_THAT(observer_.troubles(), ElementsAre("STORAGE_FAILED"));
  // Nor is it one that it still cannot be.
  EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
  EXPECT_EQ(observer_.troubles().size(), 2);
  fail = nullptr;
  result = Fetch(RequestFor(image_));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->transferred);
  EXPECT_FALSE(Exists("image.part.resume"));
}

// However long it says to be: what is there stays, and the next one is asked.
TEST_F(ImageResumeTest, AnAbsurdLengthDoesNotCostWhatIsThere) {
  LeavePartial(Record());
  Serve([this](const Request& request, Connection& connection) {
    if (request.target == "/absurd") {
      connection.Send(
          HttpHead("200 OK", {"Content-Length: 4611686018427387904"}));
      connection.Hold();
    } else {
      connection.Send(HttpRangeAware(request, image_, kEtag));
    }
  });
  FetchRequest request = RequestFor(image_);
  request.sources.push_back(request.sources[0]);
  request.sources[0].url = "http://store.local/absurd";
  ExpectImage(request);
  ASSERT_EQ(server_->requests().size(), 2);
  EXPECT_EQ(Field(1, "range"), absl::StrCat("bytes=", kHeld, "-"));
  EXPECT_THAT(observer_.failures(), ElementsAre("NO_SPACE"));
}

TEST_F(ImageResumeTest, WhatCannotBeContinuedIsNotKept) {
  Serve([this](const Request&, Connection& connection) {
    connection.Send(absl::StrCat(
        HttpHead("200 OK", {absl::StrCat("Content-Length: ", kSize)}),
        image_.substr(0, kHeld)));
  });
  FetchRequest request = RequestFor("");
  EXPECT_EQ(ReasonOf(Fetch(request).status()), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_FALSE(Exists("image.part"));
}

TEST_F(ImageResumeTest, AnEndThatOnlyTheConnectionMarksIsDoubtedOnce) {
  Serve([this](const Request& request, Connection& connection) {
    const bool breaks = request.number == 1 || request.target == "/broken";
    connection.Send(absl::StrCat(HttpHead("200 OK", {}),
                                 image_.substr(0, breaks ? kHeld : kSize)));
  });
  ExpectImage();
  FetchRequest request = RequestFor(image_);
  request.sources[0].url = "http://store.local/broken";
  request.destination = "broken";
  EXPECT_EQ(ReasonOf(Fetch(request).status()),
            v1::ERROR_REASON_DIGEST_MISMATCH);
  EXPECT_EQ(server_->requests().size(), 2 + 2);
}

TEST_F(ImageResumeTest, AWrongImageIsTriedAnewOnceAndNoMore) {
  ServeRightly();
  FetchRequest request = RequestFor("another image");
  ResumeRecord record = Record();
  record.sha256 = request.sha256;
  LeavePartial(record);
  const absl::Status status = Fetch(request).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_DIGEST_MISMATCH);
  EXPECT_EQ(MetadataOf(status, "actual"), Sha256Hex(image_));
  EXPECT_EQ(server_->requests().size(), 2);
  EXPECT_FALSE(Exists("image"));
  EXPECT_FALSE(Exists("image.part"));
  EXPECT_FALSE(Exists("image.part.resume"));
}

TEST_F(ImageResumeTest, AnotherSourceMayContinueWhatTheDigestDecides) {
  LeavePartial(Record());
  ServeRightly();
  FetchRequest request = RequestFor(image_);
  request.sources[0].url = "http://store.local/mirror/image";
  ExpectImage(request);
  ASSERT_EQ(server_->requests().size(), 1);
  EXPECT_EQ(Field(0, "range"), absl::StrCat("bytes=", kHeld, "-"));
  // Its validators are another's.
  EXPECT_EQ(Field(0, "if-range"), "");
}

// Each mirror counts its ETags by itself.
TEST_F(ImageResumeTest, AnotherMirrorBehindTheRedirectBeginsAnew) {
  const std::string other = TestImage(kSize + 1).substr(0, kSize);
  std::string mirror = "/a";
  Serve([&](const Request& request, Connection& connection) {
    if (request.target == "/image") {
      connection.Send(
          HttpHead("302 Found", {"Location: " + mirror, "Content-Length: 0"}));
      return;
    }
    const std::string response =
        HttpRangeAware(request, request.target == "/a" ? other : image_, kEtag);
    const bool cut = request.number == 2 || request.number == 4;
    connection.Send(cut ? response.substr(0, response.size() / 2) : response);
    mirror = "/b";
  });
  FetchRequest request = RequestFor(image_);
  request.sha256 = "";
  ExpectImage(request);
  ASSERT_EQ(server_->requests().size(), 6);
  EXPECT_EQ(Field(3, "range"), "");
  // But the same one goes on.
  EXPECT_EQ(Field(5, "if-range"), kEtag);
  EXPECT_NE(Field(5, "range"), "");
}

// Records that must not be used: the image is asked for from its beginning.
struct UselessRecord {
  const char* name;
  std::function<void(ResumeRecord&, FetchRequest&)> change;
};

class UselessRecordTest : public ImageResumeTest,
                          public ::testing::WithParamInterface<UselessRecord> {
};

TEST_P(UselessRecordTest, BeginsAnew) {
  ResumeRecord record = Record();
  FetchRequest request = RequestFor(image_);
  GetParam().change(record, request);
  LeavePartial(record);
  ServeRightly();
  ExpectImage(request);
  ASSERT_EQ(server_->requests().size(), 1);
  EXPECT_EQ(Field(0, "range"), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, UselessRecordTest,
    ::testing::Values(
        UselessRecord{"AnotherDigest",
                      [](ResumeRecord& record, FetchRequest&) {
                        record.sha256 = Sha256Hex("another image");
                      }},
        UselessRecord{"AheadOfTheFile",
                      [](ResumeRecord& record, FetchRequest&) {
                        record.durable_bytes = kHeld + 1000;
                      }},
        UselessRecord{"AnotherSize",
                      [](ResumeRecord& record, FetchRequest& request) {
                        record.total_bytes = kSize + 1;
                        request.size_bytes = kSize;
                      }},
        UselessRecord{"UnverifiedFromAnotherSource",
                      [](ResumeRecord& record, FetchRequest& request) {
                        record.sha256 = request.sha256 = "";
                        record.source = Sha256Hex("http://other.local/image");
                      }},
        UselessRecord{"UnverifiedWithAWeakEtag",
                      [](ResumeRecord& record, FetchRequest& request) {
                        record.sha256 = request.sha256 = "";
                        record.etag = "W/\"v1\"";
                        record.last_modified = "Tue, 01 Jan 2030 00:00:00 GMT";
                        record.last_modified_strong = true;
                      }},
        UselessRecord{"UnverifiedWithAWeakDate",
                      [](ResumeRecord& record, FetchRequest& request) {
                        record.sha256 = request.sha256 = "";
                        record.etag = "";
                        record.last_modified = "Tue, 01 Jan 2030 00:00:00 GMT";
                      }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ImageResumeTest, ADateServesWhereThereIsNoEtag) {
  ResumeRecord record = Record();
  record.etag = "";
  record.last_modified = "Tue, 01 Jan 2030 00:00:00 GMT";
  record.last_modified_strong = true;
  record.sha256 = "";
  LeavePartial(record);
  ServeRanges([this](const Request&) {
    return Answer206("bytes 1048576-2097151/2097152", Rest());
  });
  FetchRequest request = RequestFor(image_);
  request.sha256 = "";
  ExpectImage(request);
  EXPECT_EQ(Field(0, "if-range"), "Tue, 01 Jan 2030 00:00:00 GMT");
}

TEST_F(ImageResumeTest, ABrokenRecordIsNoRecord) {
  LeavePartial(Record());
  std::string text = FormatResumeRecord(Record());
  text[text.find("durable ") + 8] ^= 1;
  Write("image.part.resume", text);
  ServeRightly();
  ExpectImage();
  EXPECT_EQ(Field(0, "range"), "");
}

TEST_F(ImageResumeTest, CompressedImagesAreRefused) {
  options_.max_attempts = 1;
  Serve([this](const Request&, Connection& connection) {
    connection.Send(HttpOk(image_, {"Content-Encoding: gzip"}));
  });
  const absl::Status status = Fetch(RequestFor(image_)).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_PROTOCOL);
  EXPECT_THAT(std::string(status.message()), HasSubstr("gzip"));
}

TEST_F(ImageResumeTest, AnImageMayComeWithoutALength) {
  Serve([this](const Request&, Connection& connection) {
    connection.Send(
        absl::StrCat(HttpHead("200 OK", {"Transfer-Encoding: chunked"}),
                     "200000\r\n", image_, "\r\n0\r\n\r\n"));
  });
  ExpectImage();
}

TEST_F(ImageResumeTest, AnUnmarkedEndNeedsADigestOrASize) {
  Serve([this](const Request&, Connection& connection) {
    connection.Send(absl::StrCat(HttpHead("200 OK", {}), image_));
  });
  options_.max_attempts = 1;
  FetchRequest request = RequestFor("");
  EXPECT_EQ(ReasonOf(Fetch(request).status()), v1::ERROR_REASON_HTTP_PROTOCOL);
  request.size_bytes = kSize;
  ExpectImage(request);
}

TEST_F(ImageResumeTest, BytesBeyondTheAnnouncedLengthAreNotTaken) {
  Serve([this](const Request&, Connection& connection) {
    connection.Send(HttpOk(image_) + "more");
  });
  ExpectImage();
}

TEST_F(ImageResumeTest, AServerThatAlwaysBreaksOffAndStartsOverIsGivenUp) {
  Serve([this](const Request&, Connection& connection) {
    connection.Send(HttpOk(image_).substr(0, kSize / 2));
  });
  EXPECT_EQ(ReasonOf(Fetch(RequestFor(image_)).status()),
            v1::ERROR_REASON_CONNECT_FAILED);
  // The first brought something, and three more nothing new.
  EXPECT_EQ(server_->requests().size(), 4);
  EXPECT_FALSE(Exists("image"));
}

TEST_F(ImageResumeTest, WhatIsLeftIsDurableBeforeItsRecord) {
  options_.max_attempts = 1;
  Serve([this](const Request&, Connection& connection) {
    connection.Send(
        HttpOk(image_, {absl::StrCat("ETag: ", kEtag)}).substr(0, kSize / 2));
  });
  EXPECT_FALSE(Fetch(RequestFor(image_)).ok());
  const absl::optional<ResumeRecord> record =
      ParseResumeRecord(Read("image.part.resume"));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->durable_bytes,
            static_cast<int64_t>(Read("image.part").size()));
  EXPECT_GT(record->durable_bytes, 0);
  EXPECT_EQ(record->total_bytes, kSize);
  EXPECT_EQ(record->etag, kEtag);
  EXPECT_EQ(record->source, Sha256Hex(kUrl));
  EXPECT_EQ(record->durable_sha256, Sha256Hex(Read("image.part")));
  EXPECT_FALSE(absl::StrContains(Read("image.part.resume"), "store.local"));
}

}  // namespace
}  // namespace localstore::fetcher
