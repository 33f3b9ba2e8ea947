#include "client/doctor/probe_plan.h"

#include <string>

#include "gtest/gtest.h"

namespace localstore::client {
namespace {

Evidence WithEndpoint() {
  Evidence evidence;
  evidence.target.host = "a.local";
  evidence.resolution.add_endpoints()->set_address("10.1.0.5");
  return evidence;
}

void Advertise(Evidence& evidence, const std::string& type, int port) {
  v1::BrowseResponse event;
  event.mutable_service()->set_host("A.local");
  event.mutable_service()->set_type(type);
  event.mutable_service()->set_port(port);
  evidence.found.push_back(event);
}

TEST(PlanProbesTest, TriesBothSchemesWhereNothingIsKnown) {
  const auto probes = PlanProbes(WithEndpoint());
  ASSERT_EQ(probes.size(), 2u);
  EXPECT_EQ(probes[0].port, 80);
  EXPECT_FALSE(probes[0].expected);
  EXPECT_EQ(probes[1].port, 443);
  EXPECT_FALSE(probes[1].expected);
}

TEST(PlanProbesTest, GoesByWhatIsAdvertised) {
  Evidence evidence = WithEndpoint();
  Advertise(evidence, "_http._tcp", 8080);
  Advertise(evidence, "_workstation._tcp", 9);
  const auto probes = PlanProbes(evidence);
  ASSERT_EQ(probes.size(), 2u);
  EXPECT_EQ(probes[0].port, 8080);
  EXPECT_TRUE(probes[0].expected);
  EXPECT_EQ(probes[1].port, 443);
}

TEST(PlanProbesTest, GoesByTheUrlBeforeAll) {
  Evidence evidence = WithEndpoint();
  Advertise(evidence, "_https._tcp", 8443);
  evidence.target.scheme = "https";
  auto probes = PlanProbes(evidence);
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].port, 8443);
  evidence.target.port = 9443;
  probes = PlanProbes(evidence);
  EXPECT_EQ(probes[0].port, 9443);
  EXPECT_TRUE(probes[0].expected);
}

TEST(PlanProbesTest, AHostWithManyAddressesIsNoReasonToTryForEver) {
  Evidence evidence = WithEndpoint();
  for (int i = 0; i < 1000; ++i) {
    evidence.resolution.add_endpoints()->set_address("10.1.0.6");
  }
  EXPECT_LE(PlanProbes(evidence).size(), 16u);
}

TEST(PlanProbesTest, WithoutAnEndpointThereIsNothingToTry) {
  EXPECT_TRUE(PlanProbes(Evidence()).empty());
}

}  // namespace
}  // namespace localstore::client
