#include <algorithm>
#include <string>
#include <vector>

#include "client/doctor/evidence.h"
#include "client/doctor/finding_text.h"
#include "client/render/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Style kPlain{Charset::kUtf8, false};

v1::BridgeStatus& AddBridge(Evidence& evidence, const std::string& name) {
  v1::BridgeStatus& bridge = *evidence.status.add_bridges();
  bridge.set_name(name);
  bridge.set_up(true);
  bridge.add_addresses("10.1.0.1/24");
  return bridge;
}

Evidence Missing() {
  Evidence evidence;
  evidence.target.host = "store.local";
  evidence.server = "unix:/x";
  evidence.now = absl::FromUnixSeconds(1'700'000'000);
  evidence.listened = absl::Seconds(4);
  evidence.status.set_version("1.0");
  AddBridge(evidence, "bn1");
  evidence.resolve_error = ToRpcStatus(MakeError(
      v1::ERROR_REASON_HOST_NOT_FOUND, "nobody on bn1 answers to store.local"));
  return evidence;
}

Evidence Found() {
  Evidence evidence = Missing();
  evidence.resolve_error.Clear();
  evidence.resolution.set_host("store.local");
  v1::Endpoint& endpoint = *evidence.resolution.add_endpoints();
  endpoint.set_address("10.1.0.5");
  endpoint.set_bridge("bn1");
  endpoint.set_source_address("10.1.0.1");
  v1::ServiceInstance& service = *endpoint.add_services();
  service.set_type("_http._tcp");
  service.set_instance("store");
  service.set_host("store.local");
  service.set_port(80);
  return evidence;
}

ProbeEvidence Probed(ProbeAnswer::Outcome outcome, int http_status = 0) {
  ProbeEvidence probe;
  probe.endpoint.set_address("10.1.0.5");
  probe.scheme = "http";
  probe.port = 80;
  probe.expected = true;
  probe.answer.outcome = outcome;
  probe.answer.http_status = http_status;
  return probe;
}

v1::BrowseResponse Advertised(const std::string& instance,
                              const std::string& host,
                              const std::string& bridge) {
  v1::BrowseResponse event;
  event.set_bridge(bridge);
  event.mutable_service()->set_instance(instance);
  event.mutable_service()->set_host(host);
  event.mutable_service()->set_type("_workstation._tcp");
  return event;
}

std::string Text(const Evidence& evidence) {
  return FindingsText(Diagnose(evidence), kPlain);
}

TEST(DiagnosisTest, AHealthyDatastoreNeedsNoChange) {
  Evidence evidence = Found();
  evidence.probes = {Probed(ProbeAnswer::Outcome::kAnswered, 200)};
  EXPECT_EQ(Text(evidence),
            "ok       server: localstored 1.0 at unix:/x\n"
            "ok       bridge bn1: up, 10.1.0.1/24\n"
            "ok       mDNS on bn1: heard of store.local\n"
            "ok       host store.local: 10.1.0.5 on bn1, reached from "
            "10.1.0.1\n"
            "ok       service: _http._tcp \"store\" on port 80\n"
            "ok       http on 10.1.0.5 port 80: answers with HTTP status 200\n"
            "\nNothing to change.\n");
  EXPECT_TRUE(IsHealthy(Diagnose(evidence)));
}

TEST(DiagnosisTest, AServerThatIsNotThereEndsTheWalk) {
  Evidence evidence = Missing();
  evidence.status_error = ToRpcStatus(absl::UnavailableError("no socket"));
  const auto findings = Diagnose(evidence);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FALSE(IsHealthy(findings));
  EXPECT_THAT(Text(evidence), HasSubstr("Start localstored"));
}

TEST(DiagnosisTest, WithoutABridgeNothingCanBeFound) {
  Evidence evidence = Missing();
  evidence.status.clear_bridges();
  EXPECT_THAT(Text(evidence), HasSubstr("problem  bridges: localstored sees no "
                                        "bridge"));
}

TEST(DiagnosisTest, ABridgeThatIsDownOrWithoutAddressIsSaidSo) {
  Evidence evidence = Missing();
  evidence.status.mutable_bridges(0)->set_up(false);
  EXPECT_THAT(Text(evidence), HasSubstr("problem  bridge bn1: is down"));
  EXPECT_THAT(Text(evidence), HasSubstr("ip link set bn1 up"));
  evidence.status.mutable_bridges(0)->set_up(true);
  evidence.status.mutable_bridges(0)->clear_addresses();
  EXPECT_THAT(Text(evidence), HasSubstr("problem  bridge bn1: has no address"));
  AddBridge(evidence, "bn2");
  EXPECT_THAT(Text(evidence), HasSubstr("warning  bridge bn1: has no address"));
}

TEST(DiagnosisTest, ABridgeThatWasAskedForAndIsNotThereIsAProblem) {
  Evidence evidence = Missing();
  evidence.bridges = {"bn7"};
  EXPECT_THAT(Text(evidence), HasSubstr("problem  bridge bn7: is not there"));
  EXPECT_THAT(Text(evidence), Not(HasSubstr("bridge bn1: up")));
}

TEST(DiagnosisTest, SilenceLeadsToAvahi) {
  const std::string text = Text(Missing());
  EXPECT_THAT(text,
              HasSubstr("problem  mDNS on bn1: nobody was heard in 4.0s"));
  EXPECT_THAT(text, HasSubstr("allow-interfaces="));
  EXPECT_THAT(text, HasSubstr("host-name=store"));
  EXPECT_THAT(text, HasSubstr("publish-workstation=yes"));
  EXPECT_THAT(text, HasSubstr("use-ipv4=yes"));
  // First what keeps avahi from being heard at all.
  EXPECT_LT(text.find("avahi-daemon runs"), text.find("set host-name=store"));
}

TEST(DiagnosisTest, AStoppedAvahiBesideOtherAppsIsThoughtOfFirst) {
  Evidence evidence = Missing();
  evidence.status.mutable_bridges(0)->add_known_hosts("printer.local");
  std::string text = Text(evidence);
  EXPECT_LT(text.find("systemctl status avahi-daemon"),
            text.find("set host-name=store"));
  evidence.status.mutable_bridges(0)->add_known_hosts("stroe.local");
  text = Text(evidence);
  EXPECT_LT(text.find("systemctl status avahi-daemon"),
            text.find("set host-name=store"));
}

TEST(DiagnosisTest, SilenceOnOneOfTheBridgesIsAWarning) {
  Evidence evidence = Missing();
  AddBridge(evidence, "bn2").add_known_hosts("printer.local");
  EXPECT_THAT(Text(evidence), HasSubstr("warning  mDNS on bn1: nobody"));
}

TEST(DiagnosisTest, AServiceWhoseHostIsNotKnownYetIsHeardToo) {
  Evidence evidence = Missing();
  evidence.found = {Advertised("web", "", "bn1"), Advertised("", "", "bn1")};
  EXPECT_THAT(Text(evidence), HasSubstr("mDNS on bn1: heard of web\n"));
}

TEST(DiagnosisTest, RejectedAnswersAreNoSilence) {
  Evidence evidence = Found();
  AddBridge(evidence, "bn2");
  v1::BridgeReport& report = *evidence.resolution.add_bridges();
  report.set_bridge("bn2");
  report.set_responses_rejected(5);
  EXPECT_THAT(Text(evidence), HasSubstr("mDNS on bn2: 5 answers came, all of "
                                        "which had to be rejected"));
}

TEST(DiagnosisTest, ANumberAfterTheNameIsAConflict) {
  Evidence evidence = Missing();
  evidence.status.mutable_bridges(0)->add_known_hosts("store-2.local");
  const std::string text = Text(evidence);
  EXPECT_THAT(text, HasSubstr("name: store-2.local on bn1 may be it"));
  EXPECT_THAT(text, HasSubstr("Give each App a name of its own: host-name="));
}

TEST(DiagnosisTest, TheHostOnABridgeThatWasLeftOutIsFound) {
  Evidence evidence = Missing();
  AddBridge(evidence, "bn2").add_known_hosts("STORE.local");
  evidence.bridges = {"bn1"};
  EXPECT_THAT(Text(evidence),
              HasSubstr("STORE.local on bn2 is there, on a bridge that "
                        "--bridge leaves out"));
}

TEST(DiagnosisTest, SimilarNamesAreOffered) {
  Evidence evidence = Missing();
  evidence.found = {Advertised("x", "stroe.local", "bn1")};
  evidence.found.push_back(Advertised("y", "a-store.local", "bn1"));
  const std::string text = Text(evidence);
  const size_t nearest = text.find("stroe.local on bn1 has a similar");
  ASSERT_NE(nearest, std::string::npos);
  EXPECT_GT(text.find("a-store.local on bn1 has a similar"), nearest);
  EXPECT_THAT(text, HasSubstr("- If stroe.local is meant, ask for that."));
  EXPECT_THAT(text, HasSubstr("set host-name=store"));
}

TEST(DiagnosisTest, AFloodOfNamesIsToldInPart) {
  Evidence evidence = Missing();
  for (int i = 1; i < 4000; ++i) {
    evidence.found.push_back(
        Advertised("store", "store-" + std::to_string(i) + ".local", "bn1"));
  }
  EXPECT_LT(Diagnose(evidence).size(), 20u);
  EXPECT_THAT(Text(evidence), HasSubstr(" and 3991 more"));
}

TEST(DiagnosisTest, AServiceUnderTheNameOfAnotherHostIsFound) {
  Evidence evidence = Missing();
  evidence.found = {
      Advertised("store [00:16:3e:00:01:03]", "localhost-7.local", "bn1")};
  const std::string text = Text(evidence);
  EXPECT_THAT(text, HasSubstr("localhost-7.local on bn1 advertises \"store "
                              "[00:16:3e:00:01:03]\""));
  EXPECT_THAT(text, HasSubstr("set host-name=store"));
}

TEST(DiagnosisTest, AnAddressOffTheBridgeIsExplained) {
  Evidence evidence = Missing();
  evidence.resolve_error = ToRpcStatus(
      MakeError(v1::ERROR_REASON_NO_USABLE_ADDRESS, "192.0.2.1 is off-link"));
  EXPECT_THAT(Text(evidence), HasSubstr("Give the App an address in the "
                                        "bridge's network"));
}

TEST(DiagnosisTest, OnlyIpv6AndTwoBridgesAreWorthAWarning) {
  Evidence evidence = Found();
  evidence.resolution.mutable_endpoints(0)->set_address("fe80::5");
  v1::Endpoint& second = *evidence.resolution.add_endpoints();
  second.set_address("fe80::6");
  second.set_bridge("bn2");
  const std::string text = Text(evidence);
  EXPECT_THAT(text, HasSubstr("warning  address family: the host has IPv6"));
  EXPECT_THAT(text, HasSubstr("warning  name: the name is answered on bn1, "
                              "bn2"));
  EXPECT_TRUE(IsHealthy(Diagnose(evidence)));
}

TEST(DiagnosisTest, AHostThatAdvertisesNothingIsToldHow) {
  Evidence evidence = Found();
  evidence.resolution.mutable_endpoints(0)->clear_services();
  const std::string text = Text(evidence);
  EXPECT_THAT(text, HasSubstr("warning  services: the host advertises none"));
  EXPECT_THAT(text, HasSubstr("<type>_http._tcp</type>"));
}

TEST(DiagnosisTest, AnotherPortThanAdvertisedIsAWarning) {
  Evidence evidence = Found();
  evidence.target.scheme = "http";
  evidence.target.port = 8080;
  EXPECT_THAT(Text(evidence), HasSubstr("_http._tcp is advertised, but on "
                                        "another port than 8080"));
}

TEST(DiagnosisTest, EachWayNotToAnswerHasItsAdvice) {
  Evidence evidence = Found();
  evidence.probes = {Probed(ProbeAnswer::Outcome::kRefused)};
  EXPECT_THAT(Text(evidence), HasSubstr("ss -ltn"));
  evidence.probes = {Probed(ProbeAnswer::Outcome::kNoAnswer)};
  EXPECT_THAT(Text(evidence), HasSubstr("firewall"));
  evidence.probes = {Probed(ProbeAnswer::Outcome::kNotHttp)};
  EXPECT_THAT(Text(evidence), HasSubstr("use https://"));
  evidence.probes = {Probed(ProbeAnswer::Outcome::kTlsFailed)};
  EXPECT_THAT(Text(evidence), HasSubstr("TLS 1.2"));
  EXPECT_FALSE(IsHealthy(Diagnose(evidence)));
  evidence.probes = {Probed(ProbeAnswer::Outcome::kAnswered, 503)};
  EXPECT_THAT(Text(evidence), HasSubstr("warning  http on 10.1.0.5 port 80: "
                                        "answers with HTTP status 503"));
  evidence.probes = {Probed(ProbeAnswer::Outcome::kAnswered, 400)};
  EXPECT_THAT(Text(evidence), HasSubstr("Try https://"));
}

TEST(DiagnosisTest, AClosedPortThatNobodyAskedForDoesNoHarm) {
  Evidence evidence = Found();
  ProbeEvidence other = Probed(ProbeAnswer::Outcome::kRefused);
  other.expected = false;
  evidence.probes = {Probed(ProbeAnswer::Outcome::kAnswered, 200), other};
  EXPECT_TRUE(IsHealthy(Diagnose(evidence)));
  evidence.probes = {other};
  EXPECT_FALSE(IsHealthy(Diagnose(evidence)));
}

TEST(DiagnosisTest, AClosedHttpsPortMattersOnlyWhereHttpsIsMeant) {
  Evidence evidence = Found();
  ProbeEvidence https = Probed(ProbeAnswer::Outcome::kRefused);
  https.scheme = "https";
  https.port = 443;
  https.expected = false;
  evidence.probes = {Probed(ProbeAnswer::Outcome::kRefused), https};
  std::string text = Text(evidence);
  EXPECT_THAT(text, HasSubstr("listens on port 80 of"));
  EXPECT_THAT(text, Not(HasSubstr("listens on port 443")));
  EXPECT_THAT(text, HasSubstr("skipped  https on 10.1.0.5 port 443"));
  // Nothing is advertised, and only the host was named.
  evidence.probes[0].expected = false;
  text = Text(evidence);
  EXPECT_THAT(text, HasSubstr("listens on port 80 of"));
  EXPECT_THAT(text, Not(HasSubstr("listens on port 443")));
  // https:// was asked for, or _https._tcp is advertised.
  evidence.probes[1].expected = true;
  text = Text(evidence);
  EXPECT_THAT(text, HasSubstr("listens on port 443 of"));
  EXPECT_THAT(text, Not(HasSubstr("listens on port 80 of")));
}

TEST(DiagnosisTest, AnAddressThatFailsBesideOneThatWorksIsAWarning) {
  Evidence evidence = Found();
  ProbeEvidence other = Probed(ProbeAnswer::Outcome::kNoAnswer);
  other.endpoint.set_address("fe80::5");
  evidence.probes = {Probed(ProbeAnswer::Outcome::kAnswered, 200), other};
  EXPECT_THAT(Text(evidence), HasSubstr("warning  http on fe80::5 port 80"));
  EXPECT_TRUE(IsHealthy(Diagnose(evidence)));
}

TEST(DiagnosisTest, WhatCannotBeTriedFromHereIsSkippedWithTheReason) {
  Evidence evidence = Found();
  evidence.probes = {Probed(ProbeAnswer::Outcome::kSkipped)};
  evidence.probes[0].answer.detail = "run it on the device";
  EXPECT_THAT(Text(evidence), HasSubstr("skipped  http on 10.1.0.5 port 80: "
                                        "run it on the device"));
  EXPECT_TRUE(IsHealthy(Diagnose(evidence)));
}

class CertificateTest : public ::testing::Test {
 protected:
  CertificateTest() {
    evidence_.probes = {Probed(ProbeAnswer::Outcome::kAnswered, 200)};
    certificate().names = {"DNS:store.local", "IP:10.1.0.5"};
    certificate().holds_address = true;
    certificate().not_before = evidence_.now - absl::Hours(1);
    certificate().not_after = evidence_.now + absl::Hours(1);
    certificate().trust_checked = true;
  }

  CertificateReport& certificate() {
    auto& optional = evidence_.probes[0].answer.certificate;
    if (!optional.has_value()) optional.emplace();
    return *optional;
  }

  Evidence evidence_ = Found();
};

TEST_F(CertificateTest, AGoodOneIsFine) {
  EXPECT_TRUE(IsHealthy(Diagnose(evidence_)));
  EXPECT_THAT(Text(evidence_),
              HasSubstr("subjectAltName DNS:store.local, IP:10.1.0.5"));
}

TEST_F(CertificateTest, TheNameAloneWantsAnotherIdentity) {
  certificate().holds_address = false;
  certificate().holds_host = true;
  EXPECT_THAT(Text(evidence_), HasSubstr("--tls_identity=host"));
  EXPECT_FALSE(IsHealthy(Diagnose(evidence_)));
}

TEST_F(CertificateTest, NeitherWantsANewOne) {
  certificate().holds_address = false;
  certificate().names.clear();
  certificate().subject = "CN=store.local";
  EXPECT_THAT(Text(evidence_),
              HasSubstr("no subjectAltName (subject CN=store.local"));
  EXPECT_THAT(Text(evidence_),
              HasSubstr("subjectAltName=IP:10.1.0.5,DNS:store.local"));
}

TEST_F(CertificateTest, TimeAndTrustAreChecked) {
  certificate().not_after = evidence_.now - absl::Hours(1);
  EXPECT_THAT(Text(evidence_), HasSubstr("has expired on 2023-11-14 21:13"));
  certificate().not_after = evidence_.now + absl::Hours(2);
  certificate().not_before = evidence_.now + absl::Hours(1);
  EXPECT_THAT(Text(evidence_), HasSubstr("is valid only from"));
  certificate().trust_problem = "unable to get local issuer certificate";
  EXPECT_THAT(Text(evidence_), HasSubstr("is not trusted: unable to get"));
  certificate().trust_checked = false;
  EXPECT_THAT(Text(evidence_), HasSubstr("give --ca"));
}

TEST(FindingTextTest, NothingFromElsewhereReachesTheTerminalRaw) {
  Evidence evidence = Found();
  evidence.resolution.mutable_endpoints(0)->mutable_services(0)->set_instance(
      "\x1b[31mstore");
  EXPECT_THAT(Text(evidence), Not(HasSubstr("\x1b")));
}

TEST(FindingTextTest, JsonHoldsTheSame) {
  const std::string json =
      ToJson(MakeDoctorReport("store.local", Diagnose(Missing())));
  EXPECT_THAT(json, HasSubstr(R"("healthy":false)"));
  EXPECT_THAT(json, HasSubstr(R"("host":"store.local")"));
  EXPECT_THAT(json, HasSubstr(R"("verdict":"problem")"));
  EXPECT_THAT(json, HasSubstr("host-name=store"));
}

TEST(FindingTextTest, TheSameAdviceIsGivenOnce) {
  Evidence evidence = Found();
  evidence.probes = {Probed(ProbeAnswer::Outcome::kRefused),
                     Probed(ProbeAnswer::Outcome::kRefused)};
  const std::string text = Text(evidence);
  EXPECT_EQ(text.find("ss -ltn"), text.rfind("ss -ltn"));
}

}  // namespace
}  // namespace localstore::client
