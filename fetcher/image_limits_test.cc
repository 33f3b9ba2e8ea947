// Bounds on what a web server may send, and on where it may lead.
#include <string>

#include "absl/strings/str_cat.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/testing/fetch_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Request = ScriptedHttpServer::Request;
using Connection = ScriptedHttpServer::Connection;

constexpr size_t kSize = 100'000;

class ImageLimitsTest : public FetchTest {
 protected:
  ImageLimitsTest() : image_(TestImage(kSize)) { options_.max_attempts = 1; }

  void ServeWhole() {
    Serve([this](const Request&, Connection& connection) {
      connection.Send(HttpOk(image_));
    });
  }
  void ServeChunked() {
    Serve([this](const Request&, Connection& connection) {
      connection.Send(
          absl::StrCat(HttpHead("200 OK", {"Transfer-Encoding: chunked"}),
                       "186a0\r\n", image_, "\r\n0\r\n\r\n"));
    });
  }
  v1::ErrorReason Reason(const FetchRequest& request) {
    const v1::ErrorReason reason = ReasonOf(Fetch(request).status());
    EXPECT_FALSE(Exists("image"));
    EXPECT_FALSE(Exists("image.part"));
    return reason;
  }

  const std::string image_;
};

TEST_F(ImageLimitsTest, TheSizeMustBeTheOneAskedFor) {
  FetchRequest request = RequestFor(image_);
  for (const int64_t size : {99'999, 100'001}) {
    request.size_bytes = size;
    ServeWhole();
    EXPECT_EQ(Reason(request), v1::ERROR_REASON_SIZE_MISMATCH);
  }
  request.size_bytes = 99'999;
  ServeChunked();
  EXPECT_EQ(Reason(request), v1::ERROR_REASON_SIZE_MISMATCH);
  request.size_bytes = kSize;
  ServeChunked();
  EXPECT_TRUE(Fetch(request).ok());
}

TEST_F(ImageLimitsTest, TheSizeMustNotBeOverTheLimit) {
  FetchRequest request = RequestFor(image_);
  request.max_size_bytes = kSize - 1;
  ServeWhole();
  EXPECT_EQ(Reason(request), v1::ERROR_REASON_TOO_LARGE);
  ServeChunked();
  EXPECT_EQ(ReasonOf(Fetch(request).status()), v1::ERROR_REASON_TOO_LARGE);
  EXPECT_FALSE(Exists("image"));
  request.max_size_bytes = kSize;
  ServeChunked();
  EXPECT_TRUE(Fetch(request).ok());
}

TEST_F(ImageLimitsTest, HeadersWithoutEndAreCutOff) {
  Serve([](const Request&, Connection& connection) {
    connection.Send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; connection.Send(absl::StrCat("X-", i, ": 1\r\n")); ++i) {
    }
  });
  EXPECT_EQ(Reason(RequestFor(image_)), v1::ERROR_REASON_HTTP_PROTOCOL);
}

TEST_F(ImageLimitsTest, AHeaderWithoutEndIsCutOff) {
  Serve([](const Request&, Connection& connection) {
    connection.Send("HTTP/1.1 200 OK\r\nX-Long: ");
    while (connection.Send(std::string(1 << 16, 'x'))) {
    }
  });
  const absl::Status status = Fetch(RequestFor(image_)).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_PROTOCOL) << status;
}

TEST_F(ImageLimitsTest, InterimResponsesWithoutEndAreCutOff) {
  Serve([](const Request&, Connection& connection) {
    while (connection.Send("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")) {
    }
  });
  EXPECT_EQ(Reason(RequestFor(image_)), v1::ERROR_REASON_HTTP_PROTOCOL);
}

TEST_F(ImageLimitsTest, AFewInterimResponsesAreFine) {
  Serve([this](const Request&, Connection& connection) {
    connection.Send("HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\n");
    connection.Send(HttpOk(image_));
  });
  EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
}

// libcurl takes what follows for a body, although no final head came.
TEST_F(ImageLimitsTest, ASwitchOfProtocolsIsNoImage) {
  std::string body = image_;
  Serve([&body](const Request&, Connection& connection) {
    connection.Send(
        absl::StrCat("HTTP/1.1 101 Switching Protocols\r\n\r\n", body));
  });
  FetchRequest request = RequestFor("");
  EXPECT_EQ(Reason(request), v1::ERROR_REASON_HTTP_PROTOCOL);
  request.size_bytes = kSize;
  EXPECT_EQ(Reason(request), v1::ERROR_REASON_HTTP_PROTOCOL);
  body = "";
  request.size_bytes = 0;
  EXPECT_EQ(Reason(request), v1::ERROR_REASON_CONNECT_FAILED);
}

// A connection that ended, not an image without bytes.
TEST_F(ImageLimitsTest, AHeadThatBreaksOffIsABrokenConnection) {
  for (const char* head :
       {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nX: 1\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\nHTTP/1.1 200 OK\r\n"}) {
    Serve([head](const Request&, Connection& connection) {
      connection.Send(head);
    });
    EXPECT_EQ(Reason(RequestFor("")), v1::ERROR_REASON_CONNECT_FAILED) << head;
  }
}

// On one side of the connection a body ends where the head says it does, on the
// other where the connection does: what one of them sees must not count.
TEST_F(ImageLimitsTest, HeadsThatMayBeReadInTwoWaysAreRefused) {
  constexpr char kTwoEncodings[] =
      "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n"
      "Content-Encoding: gzip\r\nContent-Length: 100000";
  for (const char* head :
       {"HTTP/2 200", "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked", kTwoEncodings,
        "HTTP/1.1 200 OK\r\nX: y\r\n Transfer-Encoding: chunked"}) {
    Serve([&](const Request&, Connection& connection) {
      connection.Send(absl::StrCat(head, "\r\n\r\n", image_));
    });
    EXPECT_EQ(Reason(RequestFor("")), v1::ERROR_REASON_HTTP_PROTOCOL) << head;
  }
}

TEST_F(ImageLimitsTest, TrailersWithoutEndAreCutOff) {
  Serve([](const Request&, Connection& connection) {
    connection.Send(HttpHead("200 OK", {"Transfer-Encoding: chunked"}));
    connection.Send("1\r\nx\r\n0\r\n");
    while (connection.Send("X-Trailer: 1\r\n")) {
    }
  });
  EXPECT_EQ(ReasonOf(Fetch(RequestFor("x")).status()),
            v1::ERROR_REASON_HTTP_PROTOCOL);
  EXPECT_FALSE(Exists("image"));
}

// What strangers send is never INTERNAL, which would end the download.
TEST_F(ImageLimitsTest, WhatIsNoTrailerIsRefused) {
  for (const char* end : {"HTTP/1.1 302 Found\r\n\r\n", "no colon\r\n\r\n"}) {
    Serve([&](const Request&, Connection& connection) {
      connection.Send(
          absl::StrCat(HttpHead("200 OK", {"Transfer-Encoding: chunked"}),
                       "1\r\nx\r\n0\r\n", end));
    });
    const absl::Status status = Fetch(RequestFor("x")).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_PROTOCOL)
        << end << status;
  }
}

TEST_F(ImageLimitsTest, TrailersChangeNothing) {
  Serve([this](const Request&, Connection& connection) {
    connection.Send(absl::StrCat(
        HttpHead("200 OK", {"Transfer-Encoding: chunked"}), "186a0\r\n", image_,
        "\r\n0\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\n"
        "Location: http://x.local/\r\n\r\n"));
  });
  const absl::Status status = Fetch(RequestFor(image_)).status();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(server_->requests().size(), 1);
}

TEST_F(ImageLimitsTest, WhatIsNotHttpIsRefused) {
  constexpr char kTwoLengths[] =
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
      "Content-Length: 2\r\n\r\nxx";
  for (const char* nonsense :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/0.9 200 OK\r\n\r\n", "\r\n\r\n",
        "HTTP/1.1 banana\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        kTwoLengths}) {
    Serve([nonsense](const Request&, Connection& connection) {
      connection.Send(nonsense);
    });
    const absl::Status status = Fetch(RequestFor(image_)).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HTTP_PROTOCOL)
        << nonsense << status;
    EXPECT_FALSE(Exists("image"));
  }
}

class ImageRedirectTest : public ImageLimitsTest {
 protected:
  // Redirects every target but "/final" to `location`.
  void Redirect(const std::string& location,
                const std::string& status = "302 Found") {
    Serve([=](const Request& request, Connection& connection) {
      connection.Send(
          request.target == "/final"
              ? HttpOk(image_)
              : HttpHead(status, {absl::StrCat("Location: ", location),
                                  "Content-Length: 0"}));
    });
    endpoints_.Set("other.local", {LoopbackEndpoint(server_->port())});
  }
};

TEST_F(ImageRedirectTest, IsFollowedToALocalHost) {
  for (const char* status :
       {"301 Moved Permanently", "302 Found", "303 See Other",
        "307 Temporary Redirect", "308 Permanent Redirect"}) {
    Redirect("http://other.local/final", status);
    FetchRequest request = RequestFor(image_);
    request.destination = std::string(status, 3);
    EXPECT_TRUE(Fetch(request).ok()) << status;
    EXPECT_EQ(endpoints_.queries().back().host, "other.local");
  }
}

TEST_F(ImageRedirectTest, IsFollowedWithinTheHost) {
  Redirect("/final");
  EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
}

TEST_F(ImageRedirectTest, IsRefusedToAnywhereElse) {
  for (const char* location :
       {"http://10.0.0.1/final", "http://example.com/final",
        "ftp://other.local/final", "file:///etc/passwd",
        "http://user:secret@other.local/final", "http://[::1]/final"}) {
    Redirect(location);
    EXPECT_EQ(Reason(RequestFor(image_)), v1::ERROR_REASON_REDIRECT_REFUSED)
        << location;
    EXPECT_EQ(server_->requests().size(), 1);
  }
}

TEST_F(ImageRedirectTest, FiveAreFollowed) {
  const auto serve = [this](int last) {
    Serve([this, last](const Request& request, Connection& connection) {
      if (request.number > last) {
        connection.Send(HttpOk(image_));
      } else {
        connection.Send(HttpHead(
            "302 Found", {absl::StrCat("Location: /hop", request.number),
                          "Content-Length: 0"}));
      }
    });
  };
  serve(6);
  EXPECT_EQ(Reason(RequestFor(image_)), v1::ERROR_REASON_REDIRECT_REFUSED);
  EXPECT_EQ(server_->requests().size(), 6);
  serve(5);
  EXPECT_TRUE(Fetch(RequestFor(image_)).ok());
}

TEST_F(ImageRedirectTest, CredentialsStayWithTheirHost) {
  Redirect("http://other.local/final");
  FetchRequest request = RequestFor(image_);
  request.sources[0].access.authorization = "Bearer secret";
  request.sources[0].access.allow_credentials_over_http = true;
  ASSERT_TRUE(Fetch(request).ok());
  const auto requests = server_->requests();
  EXPECT_EQ(requests.at(0).fields.at("authorization"), "Bearer secret");
  EXPECT_EQ(requests.at(1).fields.count("authorization"), 0);
}

TEST_F(ImageRedirectTest, CredentialsFollowWithinTheirHost) {
  Redirect("/final");
  FetchRequest request = RequestFor(image_);
  request.sources[0].access.authorization = "Bearer secret";
  request.sources[0].access.allow_credentials_over_http = true;
  ASSERT_TRUE(Fetch(request).ok());
  EXPECT_EQ(server_->requests().at(1).fields.at("authorization"),
            "Bearer secret");
}

TEST_F(ImageRedirectTest, TheErrorNamesNoSecret) {
  Redirect("http://user:hunter2@other.local/final?sig=hunter2");
  FetchRequest request = RequestFor(image_);
  request.sources[0].url = "http://store.local/image?sig=hunter2";
  request.sources[0].access.authorization = "Bearer hunter2";
  request.sources[0].access.allow_credentials_over_http = true;
  EXPECT_THAT(Fetch(request).status().ToString(), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace localstore::fetcher
