#include "fetcher/http/response_head.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

// OK when every line was taken.
absl::Status Feed(ResponseHeadReader& reader,
                  const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    absl::Status status = reader.AddLine(line + "\r\n");
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

TEST(ResponseHeadTest, AHead) {
  ResponseHeadReader reader;
  ASSERT_TRUE(Feed(reader, {"HTTP/1.1 200 OK", "Content-Length: 12",
                            "ETAG:  \"x: y\" ", "Empty:"})
                  .ok());
  EXPECT_FALSE(reader.done());
  ASSERT_TRUE(reader.AddLine("\r\n").ok());
  EXPECT_TRUE(reader.done());
  const ResponseHead& head = reader.head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Value("etag"), "\"x: y\"");
  EXPECT_EQ(head.Value("none"), "");
  EXPECT_TRUE(head.Has("empty"));
  EXPECT_FALSE(head.Has("none"));
  EXPECT_EQ(head.ContentLength(), 12);
  EXPECT_TRUE(head.HasMarkedEnd());
}

TEST(ResponseHeadTest, AFieldThatCameSeveralTimesIsAList) {
  ResponseHeadReader reader;
  ASSERT_TRUE(Feed(reader, {"HTTP/1.1 200 OK", "ETag: \"1\"", "Etag: \"2\"",
                            "Content-Length: 5", "Content-Length: 05", ""})
                  .ok());
  EXPECT_EQ(reader.head().Value("etag"), "\"1\", \"2\"");
  EXPECT_EQ(reader.head().ContentLength(), 5);
}

TEST(ResponseHeadTest, AFieldMayGoOnInTheNextLine) {
  ResponseHeadReader reader;
  ASSERT_TRUE(Feed(reader, {"HTTP/1.1 200 OK", "X: a", " Content-Length: 5",
                            "\tb", " ", ""})
                  .ok());
  EXPECT_EQ(reader.head().Value("x"), "a Content-Length: 5 b ");
  EXPECT_FALSE(reader.head().Has("content-length"));
  EXPECT_TRUE(reader.done());
}

TEST(ResponseHeadTest, InterimResponsesAreForgotten) {
  ResponseHeadReader reader;
  ASSERT_TRUE(Feed(reader, {"HTTP/1.1 103 Early Hints", "Content-Length: 7", "",
                            "HTTP/1.1 200 OK", ""})
                  .ok());
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.head().status, 200);
  EXPECT_FALSE(reader.head().Has("content-length"));
}

TEST(ResponseHeadTest, TrailersAreForgotten) {
  ResponseHeadReader reader;
  ASSERT_TRUE(
      Feed(reader, {"HTTP/1.1 200 OK", "", "Content-Length: 7", "nonsense"})
          .ok());
  EXPECT_FALSE(reader.head().Has("content-length"));
}

TEST(ResponseHeadTest, TheEndOfABody) {
  ResponseHead head;
  EXPECT_FALSE(head.HasMarkedEnd());
  EXPECT_TRUE(head.HasKnownCoding());
  head.fields = {{"transfer-encoding", "Chunked"}, {"content-length", "5"}};
  EXPECT_TRUE(head.HasMarkedEnd());
  EXPECT_FALSE(head.ContentLength().has_value());
  for (const char* coding : {"gzip", "gzip, chunked", "chunked, chunked", ""}) {
    head.fields = {{"transfer-encoding", coding}};
    EXPECT_FALSE(head.HasMarkedEnd()) << coding;
    EXPECT_FALSE(head.HasKnownCoding()) << coding;
  }
}

TEST(ResponseHeadTest, LengthsThatAreNone) {
  ResponseHead head;
  for (const char* length :
       {"", "-1", "+1", "1 2", "0x1", "1,1", "99999999999999999999"}) {
    head.fields = {{"content-length", length}};
    EXPECT_FALSE(head.HasValidLength()) << length;
    EXPECT_FALSE(head.ContentLength().has_value()) << length;
  }
}

TEST(ResponseHeadTest, NonsenseIsRefused) {
  for (const char* line :
       {"", "200 OK", "HTTP/1.1", "HTTP/1.1 20 OK", "HTTP/1.1 abc OK",
        "HTTP/1.1 099 x", "http/1.1 200 OK", "HTTP/2 200", "HTTP/2 200 OK",
        "HTTP/0.9 200 OK"}) {
    ResponseHeadReader reader;
    EXPECT_EQ(ReasonOf(reader.AddLine(line)), v1::ERROR_REASON_HTTP_PROTOCOL)
        << line;
  }
  for (const char* field : {"no colon", "X : 1", ": 1", " goes on"}) {
    ResponseHeadReader reader;
    EXPECT_EQ(ReasonOf(Feed(reader, {"HTTP/1.1 200 OK", field})),
              v1::ERROR_REASON_HTTP_PROTOCOL)
        << field;
  }
}

TEST(ResponseHeadTest, IsBounded) {
  ResponseHeadReader many;
  absl::Status status = Feed(many, {"HTTP/1.1 200 OK"});
  for (int i = 0; status.ok() && i < 1000; ++i) {
    status = many.AddLine(absl::StrCat("X-", i, ": 1\r\n"));
  }
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_PROTOCOL);

  ResponseHeadReader large;
  status = Feed(large, {"HTTP/1.1 200 OK", "X: " + std::string(70'000, 'x')});
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_PROTOCOL);

  ResponseHeadReader interim;
  status = absl::OkStatus();
  for (int i = 0; status.ok() && i < 1000; ++i) {
    status = Feed(interim, {"HTTP/1.1 100 Continue", ""});
  }
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_PROTOCOL);
}

}  // namespace
}  // namespace localstore::fetcher
