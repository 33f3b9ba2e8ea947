#include "server/convert/shown_url.h"

#include "gtest/gtest.h"

namespace localstore::server {
namespace {

TEST(ShownUrlTest, LeavesOutWhatAQueryHolds) {
  EXPECT_EQ(ShownUrl("http://x.local/a?sig=s3cret&x=&s3cret&b=c=d"),
            "http://x.local/a?sig=***&x=***&***&b=***");
  EXPECT_EQ(ShownUrl("disk.img?s3cret"), "disk.img?***");
  EXPECT_EQ(ShownUrl("http://x.local/a?"), "http://x.local/a?***");
}

TEST(ShownUrlTest, LeavesTheRestAlone) {
  EXPECT_EQ(ShownUrl("http://x.local:8080/a=b&c"), "http://x.local:8080/a=b&c");
  EXPECT_EQ(ShownUrl(""), "");
}

}  // namespace
}  // namespace localstore::server
