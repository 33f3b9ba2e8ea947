#include "server/requests/job_requests.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(StatusOrderTest, PagesHaveDefaultsAndABound) {
  v1::StatusRequest request;
  EXPECT_EQ(MakeStatusOrder(request)->page_size, 100);
  request.set_page_size(7);
  EXPECT_EQ(MakeStatusOrder(request)->page_size, 7);
  request.set_page_size(1 << 30);
  EXPECT_EQ(MakeStatusOrder(request)->page_size, 1000);
}

TEST(StatusOrderTest, TokensComeBack) {
  v1::StatusRequest request;
  for (const uint64_t sequence : {uint64_t{1}, ~uint64_t{0}}) {
    request.set_page_token(PageToken(sequence));
    ASSERT_TRUE(MakeStatusOrder(request).ok());
    EXPECT_EQ(MakeStatusOrder(request)->after, sequence);
  }
}

TEST(StatusOrderTest, RefusesTokensThatWereNotGiven) {
  for (const std::string& token :
       {std::string("x"), std::string("!!"), std::string(100'000, 'A'),
        absl::WebSafeBase64Escape("after:"),
        absl::WebSafeBase64Escape("after:-1"),
        absl::WebSafeBase64Escape("after:18446744073709551616"),
        absl::WebSafeBase64Escape("before:1")}) {
    v1::StatusRequest request;
    request.set_page_token(token);
    EXPECT_THAT(std::string(MakeStatusOrder(request).status().message()),
                HasSubstr("page_token"))
        << token.substr(0, 40);
  }
}

TEST(StatusOrderTest, SaysAllThatIsWrong) {
  v1::StatusRequest request;
  request.add_download_ids("fine");
  request.add_download_ids("");
  request.add_download_ids("with space");
  request.set_page_size(-1);
  request.set_page_token("x");
  const absl::Status status = MakeStatusOrder(request).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("download_ids[1]"), HasSubstr("download_ids[2]"),
                    HasSubstr("page_size"), HasSubstr("page_token")));
}

TEST(WatchedIdsTest, AreEachOnce) {
  v1::WatchRequest request;
  for (const char* id : {"b", "a", "b"}) request.add_download_ids(id);
  EXPECT_THAT(*WatchedIds(request), ElementsAre("b", "a"));
}

TEST(WatchedIdsTest, AreNotTooMany) {
  v1::WatchRequest request;
  for (int i = 0; i < 1001; ++i) request.add_download_ids(absl::StrCat(i));
  EXPECT_THAT(std::string(WatchedIds(request).status().message()),
              HasSubstr("1001"));
}

TEST(CancelAndRemoveTest, NeedAnId) {
  EXPECT_EQ(ReasonOf(CheckRequest(v1::CancelRequest())),
            v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(ReasonOf(CheckRequest(v1::RemoveRequest())),
            v1::ERROR_REASON_INVALID_REQUEST);
  v1::CancelRequest long_id;
  long_id.set_download_id(std::string(129, 'x'));
  EXPECT_EQ(ReasonOf(CheckRequest(long_id)), v1::ERROR_REASON_INVALID_REQUEST);
}

}  // namespace
}  // namespace localstore::server
