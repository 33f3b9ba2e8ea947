#include "server/endpoints/endpoint_source_adapter.h"

#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/endpoints/fake_host_resolver.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;

resolver::ServiceInstance Service(const std::string& type,
                                  const std::string& host, int port) {
  resolver::ServiceInstance service;
  service.type = type;
  service.host = host;
  service.port = port;
  return service;
}

resolver::Resolution Found() {
  resolver::Resolution resolution;
  resolution.host = "store.local";
  resolution.endpoints.emplace_back();
  resolver::Endpoint& endpoint = resolution.endpoints.back();
  endpoint.address = "10.1.0.5";
  endpoint.bridge = "bn1";
  endpoint.bridge_index = 4;
  endpoint.source_address = "10.1.0.1";
  endpoint.ttl = absl::Seconds(100);
  return resolution;
}

class EndpointSourceAdapterTest : public ::testing::Test {
 protected:
  int PortFor(const std::string& scheme) {
    fetcher::EndpointSource::Query query;
    query.host = "store.local";
    query.scheme = scheme;
    const auto endpoints = source_.Find(query, cancellation_);
    return endpoints.ok() ? endpoints->front().service_port : -1;
  }

  FakeHostResolver resolver_;
  EndpointSourceAdapter source_{&resolver_};
  fetcher::Cancellation cancellation_;
};

TEST_F(EndpointSourceAdapterTest, AsksWhatWasAskedAndConvertsTheAnswer) {
  resolver_.AnswerWith(Found());
  fetcher::EndpointSource::Query query;
  query.host = "store.local";
  query.scheme = "http";
  query.bridges = {"bn1"};
  query.fresh = true;
  query.timeout = absl::Seconds(7);
  const auto endpoints = source_.Find(query, cancellation_);
  ASSERT_TRUE(endpoints.ok()) << endpoints.status();
  ASSERT_EQ(endpoints->size(), 1u);
  const fetcher::Endpoint& endpoint = endpoints->front();
  EXPECT_EQ(endpoint.address, "10.1.0.5");
  EXPECT_EQ(endpoint.bridge, "bn1");
  EXPECT_EQ(endpoint.bridge_index, 4);
  EXPECT_EQ(endpoint.source_address, "10.1.0.1");
  EXPECT_EQ(endpoint.ttl, absl::Seconds(100));
  EXPECT_EQ(endpoint.service_port, 0);
  const auto asked = resolver_.WaitForResolve(0);
  EXPECT_EQ(asked.host, "store.local");
  EXPECT_THAT(asked.options.bridges, ElementsAre("bn1"));
  EXPECT_TRUE(asked.options.bypass_cache);
  EXPECT_EQ(asked.options.timeout, absl::Seconds(7));
}

TEST_F(EndpointSourceAdapterTest, PortIsThatOfTheSchemesServiceOfThisHost) {
  resolver::Resolution found = Found();
  found.endpoints[0].services = {Service("_workstation._tcp", "store.local", 9),
                                 Service("_http._tcp", "other.local", 70),
                                 Service("_http._tcp", "store.local", 0),
                                 Service("_http._tcp", "Store.local", 8080),
                                 Service("_http._tcp", "store.local", 9090),
                                 Service("_https._tcp", "store.local", 8443)};
  resolver_.AnswerWith(found);
  EXPECT_EQ(PortFor("http"), 8080);
  EXPECT_EQ(PortFor("https"), 8443);
  found.endpoints[0].services.resize(1);
  resolver_.AnswerWith(found);
  EXPECT_EQ(PortFor("http"), 0);
}

TEST_F(EndpointSourceAdapterTest, ErrorsPassThrough) {
  resolver_.AnswerWith(MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody"));
  const auto endpoints = source_.Find({}, cancellation_);
  EXPECT_EQ(ReasonOf(endpoints.status()), v1::ERROR_REASON_HOST_NOT_FOUND);
}

TEST_F(EndpointSourceAdapterTest, CancellationEndsTheQuestion) {
  std::thread canceller([this] {
    const auto asked = resolver_.WaitForResolve(0);
    EXPECT_NE(asked.id, 0u);
    cancellation_.Request(MakeError(v1::ERROR_REASON_CANCELLED, "enough"));
  });
  const auto endpoints = source_.Find({}, cancellation_);
  canceller.join();
  EXPECT_EQ(ReasonOf(endpoints.status()), v1::ERROR_REASON_CANCELLED);
  EXPECT_TRUE(resolver_.WaitForCancel(resolver_.WaitForResolve(0).id));
}

TEST_F(EndpointSourceAdapterTest, CancelledBeforeItBegins) {
  cancellation_.Request(MakeError(v1::ERROR_REASON_CANCELLED, "enough"));
  EXPECT_EQ(ReasonOf(source_.Find({}, cancellation_).status()),
            v1::ERROR_REASON_CANCELLED);
}

TEST_F(EndpointSourceAdapterTest, SubscriptionHearsOfChangesUntilItEnds) {
  int changes = 0;
  auto subscription = source_.WatchChanges([&] { ++changes; });
  resolver_.Change();
  EXPECT_EQ(changes, 1);
  subscription.reset();
  EXPECT_EQ(resolver_.watchers(), 0);
  resolver_.Change();
  EXPECT_EQ(changes, 1);
}

}  // namespace
}  // namespace localstore::server
