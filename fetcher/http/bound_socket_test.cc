#include "fetcher/http/bound_socket.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::HasSubstr;

Endpoint Loopback() {
  Endpoint endpoint;
  endpoint.address = "127.0.0.1";
  endpoint.bridge = "lo";
  endpoint.bridge_index = 1;
  endpoint.source_address = "127.0.0.3";
  return endpoint;
}

TEST(BoundSocketTest, IsBoundToDeviceAndSource) {
  const absl::StatusOr<UniqueFd> fd = OpenBoundSocket(Loopback(), AF_INET);
  ASSERT_TRUE(fd.ok()) << fd.status();
  char device[IFNAMSIZ] = {};
  socklen_t size = sizeof(device);
  ASSERT_EQ(getsockopt(fd->get(), SOL_SOCKET, SO_BINDTODEVICE, device, &size),
            0);
  EXPECT_STREQ(device, "lo");
  sockaddr_in local = {};
  size = sizeof(local);
  ASSERT_EQ(getsockname(fd->get(), reinterpret_cast<sockaddr*>(&local), &size),
            0);
  char text[INET_ADDRSTRLEN];
  EXPECT_STREQ(inet_ntop(AF_INET, &local.sin_addr, text, sizeof(text)),
               "127.0.0.3");
}

TEST(BoundSocketTest, SaysWhichBridgeIsMissing) {
  Endpoint endpoint = Loopback();
  endpoint.bridge = "no-such-bridge";
  const absl::Status status = OpenBoundSocket(endpoint, AF_INET).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no-such-bridge"));
}

TEST(BoundSocketTest, SaysWhichSourceAddressIsMissing) {
  Endpoint endpoint = Loopback();
  endpoint.source_address = "192.0.2.1";
  const absl::Status status = OpenBoundSocket(endpoint, AF_INET).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_EQ(MetadataOf(status, "source_address"), "192.0.2.1");
}

TEST(BoundSocketTest, ASourceOfTheOtherFamilyIsAnError) {
  EXPECT_FALSE(OpenBoundSocket(Loopback(), AF_INET6).ok());
}

}  // namespace
}  // namespace localstore::fetcher
