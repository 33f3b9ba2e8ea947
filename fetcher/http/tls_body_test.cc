#include "fetcher/http/tls_body.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fetcher/openssl_ptr.h"
#include "fetcher/storage/unique_fd.h"
#include "fetcher/testing/pki.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

using SslPtr = OpensslPtr<SSL, SSL_free>;

// Two ends of one connection in this process, shaken hands already.
class TlsBodyTest : public ::testing::TestWithParam<int> {
 protected:
  TlsBodyTest() {
    // As on the network thread: OpenSSL sends alerts to whom is gone.
    (void)signal(SIGPIPE, SIG_IGN);
    int ends[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    ours_ = UniqueFd(ends[0]);
    peer_ = UniqueFd(ends[1]);
    const TestIdentity identity = TestIdentity::Issue({"store", {}});
    for (SSL_CTX* context : {server_context_.get(), client_context_.get()}) {
      SSL_CTX_set_min_proto_version(context, GetParam());
      SSL_CTX_set_max_proto_version(context, GetParam());
    }
    SSL_CTX_use_certificate(server_context_.get(), identity.certificate());
    SSL_CTX_use_PrivateKey(server_context_.get(), identity.key());
    server_.reset(SSL_new(server_context_.get()));
    client_.reset(SSL_new(client_context_.get()));
    SSL_set_fd(server_.get(), peer_.get());
    SSL_set_fd(client_.get(), ours_.get());
    bool done = false;
    for (int turn = 0; turn < 10 && !done; ++turn) {
      const bool client_done = SSL_connect(client_.get()) == 1;
      done = SSL_accept(server_.get()) == 1 && client_done;
    }
    EXPECT_TRUE(done);
    char tickets = 0;
    EXPECT_LE(SSL_read(client_.get(), &tickets, 1), 0);
  }

  std::unique_ptr<TlsBody> TakeOver(int64_t rest) {
    return TlsBody::TakeOver(client_.get(), ours_.get(), rest);
  }
  void Send(absl::string_view bytes) {
    ASSERT_EQ(
        SSL_write(server_.get(), bytes.data(), static_cast<int>(bytes.size())),
        static_cast<int>(bytes.size()));
  }
  void SendRaw(absl::string_view bytes) {
    ASSERT_EQ(write(peer_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  SslCtxPtr server_context_{SSL_CTX_new(TLS_server_method())};
  SslCtxPtr client_context_{SSL_CTX_new(TLS_client_method())};
  UniqueFd ours_;
  UniqueFd peer_;
  SslPtr server_;
  SslPtr client_;
  std::string room_ = std::string(100, '\0');
};

INSTANTIATE_TEST_SUITE_P(Versions, TlsBodyTest,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

// RFC 8446, section 4.6.3: before TLS 1.3 there is no KeyUpdate.
class NewKeysTest : public TlsBodyTest {};

INSTANTIATE_TEST_SUITE_P(Tls13, NewKeysTest, ::testing::Values(TLS1_3_VERSION));

TEST_P(TlsBodyTest, ReadsWhatHasComeOfAllRecords) {
  const auto body = TakeOver(10);
  BodyReader::Result result = body->Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.bytes, 0);
  EXPECT_EQ(result.code, CURLE_OK);
  Send("abc");
  Send("de");
  result = body->Read(absl::MakeSpan(room_));
  EXPECT_EQ(room_.substr(0, result.bytes), "abcde");
  EXPECT_EQ(body->rest(), 5);
  EXPECT_FALSE(body->HasMore());
}

TEST_P(TlsBodyTest, TellsOfWhatTheSocketDoesNotShow) {
  const auto body = TakeOver(10);
  Send("abcde");
  EXPECT_EQ(body->Read(absl::MakeSpan(room_).first(2)).bytes, 2);
  EXPECT_EQ(room_[2], '\0');
  EXPECT_TRUE(body->HasMore());
  EXPECT_EQ(body->Read(absl::MakeSpan(room_)).bytes, 3);
  EXPECT_EQ(room_.substr(0, 3), "cde");
  EXPECT_FALSE(body->HasMore());
}

TEST_P(TlsBodyTest, TellsOfRecordsThoughTheSessionReadAhead) {
  SSL_set_read_ahead(client_.get(), 1);
  const auto body = TakeOver(10);
  Send("abc");
  Send("de");
  EXPECT_EQ(body->Read(absl::MakeSpan(room_).first(3)).bytes, 3);
  EXPECT_TRUE(body->HasMore());
  EXPECT_EQ(body->Read(absl::MakeSpan(room_)).bytes, 2);
}

TEST_P(TlsBodyTest, BeginsWithWhatWasReadOfARecordBefore) {
  Send("abcde");
  char first = 0;
  ASSERT_EQ(SSL_read(client_.get(), &first, 1), 1);
  const auto body = TakeOver(4);
  EXPECT_TRUE(body->HasMore());
  EXPECT_EQ(body->Read(absl::MakeSpan(room_)).bytes, 4);
  EXPECT_EQ(room_.substr(0, 4), "bcde");
}

TEST_P(TlsBodyTest, NothingBeyondTheRest) {
  const auto body = TakeOver(3);
  Send("abcdefgh");
  EXPECT_EQ(body->Read(absl::MakeSpan(room_)).bytes, 3);
  EXPECT_EQ(room_[3], '\0');
  EXPECT_EQ(body->rest(), 0);
}

TEST_P(TlsBodyTest, APartOfARecordIsNothingYet) {
  const auto body = TakeOver(10);
  SendRaw(absl::string_view("\x17\x03\x03", 3));
  const BodyReader::Result result = body->Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.bytes, 0);
  EXPECT_EQ(result.code, CURLE_OK);
  EXPECT_FALSE(body->HasMore()) << "or the loop would spin";
}

TEST_P(TlsBodyTest, AnEndBeforeItsTimeAfterTheBytesBeforeIt) {
  const auto body = TakeOver(5);
  Send("abc");
  SSL_shutdown(server_.get());
  EXPECT_EQ(body->Read(absl::MakeSpan(room_)).bytes, 3);
  EXPECT_TRUE(body->HasMore());
  const BodyReader::Result result = body->Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.bytes, 0);
  EXPECT_EQ(result.code, CURLE_PARTIAL_FILE);
  EXPECT_TRUE(absl::StrContains(result.cause, "2 bytes remaining"))
      << result.cause;
}

TEST_P(TlsBodyTest, AnEndWithoutAGoodbye) {
  const auto body = TakeOver(5);
  Send("abc");
  server_.reset();
  peer_ = UniqueFd();
  EXPECT_EQ(body->Read(absl::MakeSpan(room_)).bytes, 3);
  const BodyReader::Result result = body->Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.code, CURLE_PARTIAL_FILE);
  EXPECT_TRUE(absl::StrContains(result.cause, "2 bytes remaining"))
      << result.cause;
}

TEST_P(TlsBodyTest, AReset) {
  const auto body = TakeOver(5);
  // What is not read when the peer closes makes that a reset.
  ASSERT_EQ(write(ours_.get(), "x", 1), 1);
  peer_ = UniqueFd();
  const BodyReader::Result result = body->Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.code, CURLE_RECV_ERROR);
  EXPECT_TRUE(absl::StrContains(result.cause, "reset")) << result.cause;
}

TEST_P(TlsBodyTest, BytesThatThePeerDidNotEncryptEndIt) {
  const auto body = TakeOver(100);
  Send("abc");
  SendRaw(absl::StrCat(absl::string_view("\x17\x03\x03\0\x20", 5),
                       std::string(32, 'x')));
  EXPECT_EQ(body->Read(absl::MakeSpan(room_)).bytes, 3);
  for (int again = 0; again < 2; ++again) {
    const BodyReader::Result result = body->Read(absl::MakeSpan(room_));
    EXPECT_EQ(result.bytes, 0);
    EXPECT_EQ(result.code, CURLE_RECV_ERROR);
    EXPECT_TRUE(absl::StrContains(result.cause, "bad record mac") ||
                absl::StrContains(result.cause, "decryption failed"))
        << result.cause;
  }
}

TEST_P(TlsBodyTest, AnAlertEndsIt) {
  const auto body = TakeOver(100);
  // What the server cannot read it answers by an alert.
  ASSERT_EQ(write(ours_.get(), "GET / HTTP/1.1\r\n", 16), 16);
  char byte = 0;
  EXPECT_LE(SSL_read(server_.get(), &byte, 1), 0);
  const BodyReader::Result result = body->Read(absl::MakeSpan(room_));
  EXPECT_EQ(result.code, CURLE_RECV_ERROR);
  EXPECT_TRUE(absl::StrContains(result.cause, "alert")) << result.cause;
}

TEST_P(TlsBodyTest, ShortRecordsAreReadAFewAtATime) {
  const auto body = TakeOver(200);
  for (int i = 0; i < 200; ++i) Send("x");
  room_.resize(200);
  size_t bytes = 0;
  int turns = 0;
  while (bytes < 200 && turns < 20) {
    EXPECT_TRUE(turns == 0 || body->HasMore() || bytes > 0);
    const BodyReader::Result result = body->Read(absl::MakeSpan(room_));
    ASSERT_EQ(result.code, CURLE_OK) << result.cause;
    EXPECT_LT(result.bytes, 150);
    bytes += result.bytes;
    ++turns;
  }
  EXPECT_EQ(bytes, 200);
}

TEST_P(NewKeysTest, NewKeysWithoutEndAreReadAFewAtATime) {
  const auto body = TakeOver(10);
  for (int i = 0; i < 100; ++i) {
    SSL_key_update(server_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(server_.get());
  }
  Send("x");
  int turns = 0;
  BodyReader::Result result;
  while (result.bytes == 0 && turns < 200) {
    result = body->Read(absl::MakeSpan(room_));
    ASSERT_EQ(result.code, CURLE_OK) << result.cause;
    ++turns;
  }
  EXPECT_EQ(result.bytes, 1);
  EXPECT_GT(turns, 50);
}

TEST_P(NewKeysTest, WhoReadsNoAnswersIsLeft) {
  const auto body = TakeOver(10);
  BodyReader::Result result;
  for (int i = 0; i < 100'000 && result.code == CURLE_OK; ++i) {
    SSL_key_update(server_.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(server_.get());
    result = body->Read(absl::MakeSpan(room_));
  }
  EXPECT_EQ(result.code, CURLE_RECV_ERROR);
  EXPECT_TRUE(absl::StrContains(result.cause, "does not read")) << result.cause;
}

TEST_P(NewKeysTest, NewKeysOnTheWay) {
  const auto body = TakeOver(6);
  Send("abc");
  ASSERT_EQ(SSL_key_update(server_.get(), SSL_KEY_UPDATE_REQUESTED), 1);
  Send("def");
  std::string bytes;
  for (int turn = 0; turn < 10 && bytes.size() < 6; ++turn) {
    EXPECT_TRUE(turn == 0 || body->HasMore());
    const BodyReader::Result result = body->Read(absl::MakeSpan(room_));
    EXPECT_EQ(result.code, CURLE_OK) << result.cause;
    bytes += room_.substr(0, result.bytes);
  }
  EXPECT_EQ(bytes, "abcdef");
  // The answer to it has gone out.
  char byte = 0;
  EXPECT_LE(SSL_read(server_.get(), &byte, 1), 0);
  EXPECT_EQ(SSL_get_error(server_.get(), -1), SSL_ERROR_WANT_READ);
}

}  // namespace
}  // namespace localstore::fetcher
