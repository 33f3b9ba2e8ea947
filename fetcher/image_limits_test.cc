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

TEST_F(ImageLimitsTest, WhatIsNotHttpIsRefused) {
  for (const char* nonsense :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/0.9 200 OK\r\n\r\n", "\r\n\r\n",
        "HTTP/1.1 banana\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: "
        "2\r\n\r\nxx"}) {
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
