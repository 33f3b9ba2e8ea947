// Certificates good and bad, served by a real server on loopback, fetched by a
// real libcurl: one table of what each comes to, which the test prints.
#include <curl/curl.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fetcher/testing/pki.h"
#include "fetcher/testing/tls_server.h"
#include "fetcher/tls_handshake.h"
#include "fetcher/tls_policy.h"
#include "gtest/gtest.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr char kImage[] = "the bytes of an image";
constexpr char kHost[] = "store.local";
constexpr char kAddress[] = "10.1.0.5";
constexpr auto kOk = v1::ERROR_REASON_UNSPECIFIED;
constexpr auto kUntrusted = v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN;
constexpr auto kExpired = v1::ERROR_REASON_TLS_EXPIRED;
constexpr auto kMismatch = v1::ERROR_REASON_TLS_IDENTITY_MISMATCH;
constexpr auto kFailed = v1::ERROR_REASON_TLS_FAILED;
constexpr auto kByAddress = TlsIdentity::kIpAddress;
constexpr auto kByName = TlsIdentity::kHostName;

// s_server flags with which it does what it should not.
const std::vector<std::string>& Careless() {
  static const auto& flags =
      *new std::vector<std::string>{"-cipher", "ALL:@SECLEVEL=0"};
  return flags;
}

TestCertificate Ca(const std::string& name) {
  TestCertificate what;
  what.common_name = name;
  what.ca = true;
  what.key_usage = "critical,keyCertSign,cRLSign";
  return what;
}

TestCertificate Leaf(std::vector<std::string> alt_names) {
  TestCertificate what;
  what.common_name = "datastore";
  what.alt_names = std::move(alt_names);
  what.key_usage = "critical,digitalSignature";
  what.extended_key_usage = "serverAuth";
  return what;
}

template <typename Change>
TestCertificate With(TestCertificate what, Change change) {
  change(what);
  return what;
}

struct Case {
  std::string name;
  v1::ErrorReason reason;
  std::string says;  // part of the message
  TestIdentity leaf;
  std::vector<TestIdentity> sent;     // along with the leaf
  std::vector<TestIdentity> trusted;  // ca_certificates_pem
  TlsIdentity identity = kByAddress;
  std::string host = kHost;
  std::string address = kAddress;
  std::vector<std::string> flags = {};  // of the server
  const TestIdentity* client = nullptr;
  const TestIdentity* client_ca = nullptr;
};

// What several cases share.
struct Authorities {
  TestIdentity root = TestIdentity::Issue(Ca("Root"));
  TestIdentity other = TestIdentity::Issue(Ca("Other Root"));
  TestIdentity middle = TestIdentity::Issue(Ca("Intermediate"), &root);
  TestIdentity leaf =
      TestIdentity::Issue(Leaf({"IP:10.1.0.5", "DNS:store.local"}), &middle);
  TestIdentity client = TestIdentity::Issue(
      With(Leaf({}), [](auto& w) { w.extended_key_usage = "clientAuth"; }),
      &other);
  TestIdentity stranger = TestIdentity::Issue(
      With(Leaf({}), [](auto& w) { w.extended_key_usage = "clientAuth"; }),
      &root);

  TestIdentity UnderMiddle(const TestCertificate& what) const {
    return TestIdentity::Issue(what, &middle);
  }
};

void AddTrustCases(const Authorities& a, std::vector<Case>& cases) {
  cases.push_back(
      {"root trusted, chain sent", kOk, "", a.leaf, {a.middle}, {a.root}});
  cases.push_back({"root trusted twice, chain sent twice",
                   kOk,
                   "",
                   a.leaf,
                   {a.middle, a.middle},
                   {a.root, a.root}});
  cases.push_back({"everything trusted, root sent along",
                   kOk,
                   "",
                   a.leaf,
                   {a.middle, a.root},
                   {a.root, a.middle, a.leaf, a.middle}});
  cases.push_back(
      {"chain incomplete at the server, complete in the configuration",
       kOk,
       "",
       a.leaf,
       {},
       {a.root, a.middle}});
  cases.push_back({"intermediate pinned, leaf alone sent",
                   kOk,
                   "",
                   a.leaf,
                   {},
                   {a.middle}});
  cases.push_back({"intermediate pinned, chain sent",
                   kOk,
                   "",
                   a.leaf,
                   {a.middle, a.root},
                   {a.middle}});
  cases.push_back(
      {"leaf pinned, leaf alone sent", kOk, "", a.leaf, {}, {a.leaf}});
  cases.push_back(
      {"leaf pinned, chain sent", kOk, "", a.leaf, {a.middle}, {a.leaf}});
  cases.push_back({"intermediate missing, root alone trusted",
                   kUntrusted,
                   "\"CN=Intermediate\", which is neither in "
                   "ca_certificates_pem, which holds \"CN=Root\", nor sent",
                   a.leaf,
                   {},
                   {a.root}});
  cases.push_back({"another CA trusted",
                   kUntrusted,
                   "which is neither in",
                   a.leaf,
                   {a.middle},
                   {a.other}});
  cases.push_back({"another CA trusted, root sent along",
                   kUntrusted,
                   "the root \"CN=Root\"",
                   a.leaf,
                   {a.middle, a.root},
                   {a.other}});
  cases.push_back({"nothing trusted",
                   kUntrusted,
                   "give ca_certificates_pem",
                   a.leaf,
                   {a.middle},
                   {}});

  const TestIdentity self = TestIdentity::Issue(Leaf({"IP:10.1.0.5"}));
  const TestIdentity self_ca = TestIdentity::Issue(
      With(Leaf({"IP:10.1.0.5"}), [](auto& w) { w.ca = true; }));
  cases.push_back({"self-signed, pinned", kOk, "", self, {}, {self}});
  cases.push_back(
      {"self-signed with CA:TRUE, pinned", kOk, "", self_ca, {}, {self_ca}});
  cases.push_back({"self-signed, not pinned",
                   kUntrusted,
                   "signed by itself",
                   self,
                   {},
                   {a.root}});
  const TestIdentity twin = TestIdentity::Issue(Leaf({"IP:10.1.0.5"}));
  cases.push_back(
      {"self-signed, its namesake pinned", kUntrusted, "", twin, {}, {self}});

  const TestIdentity forger = TestIdentity::Issue(Ca("Root"));
  cases.push_back({"issuer of the same name, another key",
                   kUntrusted,
                   "",
                   TestIdentity::Issue(Leaf({"IP:10.1.0.5"}), &forger),
                   {},
                   {a.root}});
  cases.push_back({"forged issuer sent along",
                   kUntrusted,
                   "",
                   TestIdentity::Issue(Leaf({"IP:10.1.0.5"}), &forger),
                   {forger},
                   {a.root}});
}

void AddCrossSignedCases(const Authorities& a, std::vector<Case>& cases) {
  const TestIdentity crossed =
      TestIdentity::Issue(Ca("Root"), &a.other, &a.root);
  cases.push_back({"cross-signed root, new root trusted",
                   kOk,
                   "",
                   a.leaf,
                   {a.middle, crossed},
                   {a.root}});
  cases.push_back({"cross-signed root, old root trusted",
                   kOk,
                   "",
                   a.leaf,
                   {a.middle, crossed},
                   {a.other}});
  const TestIdentity expired_cross =
      TestIdentity::Issue(With(Ca("Root"),
                               [](auto& w) {
                                 w.begins = -absl::Hours(48);
                                 w.ends = -absl::Hours(24);
                               }),
                          &a.other, &a.root);
  cases.push_back({"cross-signed root, cross expired, new root trusted",
                   kOk,
                   "",
                   a.leaf,
                   {a.middle, expired_cross},
                   {a.root}});
  cases.push_back({"cross-signed root, cross expired, old root trusted",
                   kExpired,
                   "\"CN=Root\" expired",
                   a.leaf,
                   {a.middle, expired_cross},
                   {a.other}});
  const TestIdentity by_other =
      TestIdentity::Issue(Ca("Intermediate"), &a.other, &a.middle);
  for (const bool root_first : {true, false}) {
    std::vector<TestIdentity> sent = {a.middle, by_other};
    if (!root_first) sent = {by_other, a.middle};
    const char* order = root_first ? "" : ", in the other order";
    cases.push_back({absl::StrCat("intermediate signed twice, one root", order),
                     kOk,
                     "",
                     a.leaf,
                     sent,
                     {a.root}});
    cases.push_back(
        {absl::StrCat("intermediate signed twice, the other", order),
         kOk,
         "",
         a.leaf,
         sent,
         {a.other}});
  }
}

void AddTimeCases(const Authorities& a, std::vector<Case>& cases) {
  const auto past = [](auto& w) {
    w.begins = -absl::Hours(48);
    w.ends = -absl::Hours(24);
  };
  const auto future = [](auto& w) {
    w.begins = absl::Hours(24);
    w.ends = absl::Hours(48);
  };
  const TestIdentity expired = a.UnderMiddle(With(Leaf({"IP:10.1.0.5"}), past));
  cases.push_back({"leaf expired",
                   kExpired,
                   "its certificate \"CN=datastore\" expired ",
                   expired,
                   {a.middle},
                   {a.root}});
  cases.push_back({"leaf expired, pinned",
                   kExpired,
                   "this device's clock says",
                   expired,
                   {},
                   {expired}});
  cases.push_back({"leaf not yet valid",
                   kExpired,
                   "is not valid before",
                   a.UnderMiddle(With(Leaf({"IP:10.1.0.5"}), future)),
                   {a.middle},
                   {a.root}});
  const TestIdentity old_middle =
      TestIdentity::Issue(With(Ca("Intermediate"), past), &a.root);
  cases.push_back({"intermediate expired",
                   kExpired,
                   "\"CN=Intermediate\" expired",
                   TestIdentity::Issue(Leaf({"IP:10.1.0.5"}), &old_middle),
                   {old_middle},
                   {a.root}});
  const TestIdentity old_root = TestIdentity::Issue(With(Ca("Old Root"), past));
  cases.push_back({"root expired",
                   kExpired,
                   "\"CN=Old Root\" expired",
                   TestIdentity::Issue(Leaf({"IP:10.1.0.5"}), &old_root),
                   {},
                   {old_root}});
  cases.push_back({"leaf expired and for another address",
                   kExpired,
                   "; and its certificate \"CN=datastore\" is not for 10.1.0.5",
                   a.UnderMiddle(With(Leaf({"IP:10.1.0.6"}), past)),
                   {a.middle},
                   {a.root}});
  cases.push_back({"leaf expired, of another CA",
                   kUntrusted,
                   " expired ",
                   expired,
                   {a.middle},
                   {a.other}});
}

void AddAddressCases(const Authorities& a, std::vector<Case>& cases) {
  const auto add = [&](const char* name, v1::ErrorReason reason,
                       const char* says, const TestCertificate& leaf,
                       const char* address = kAddress) {
    cases.push_back({name,
                     reason,
                     says,
                     a.UnderMiddle(leaf),
                     {a.middle},
                     {a.root},
                     kByAddress,
                     kHost,
                     address});
  };
  add("several names, the address among them", kOk, "",
      Leaf({"DNS:a.local", "IP:10.9.9.9", "IP:fd00::1", "IP:10.1.0.5",
            "URI:http://a/"}));
  add("IPv6 address", kOk, "", Leaf({"IP:fd00::5"}), "fd00::5");
  add("IPv6 link-local address, zone not counted", kOk, "",
      Leaf({"IP:fe80::5"}), "fe80::5%lo");
  add("another address", kMismatch,
      "but for IP 10.1.0.6:", Leaf({"IP:10.1.0.6"}));
  add("another IPv6 address", kMismatch,
      "but for IP fd00::6:", Leaf({"IP:fd00::6"}), "fd00::5");
  add("several names, none the address", kMismatch,
      "DNS a.local, IP 10.1.0.50, IP 110.1.0.5, IP fd00::5",
      Leaf({"DNS:a.local", "IP:10.1.0.50", "IP:110.1.0.5", "IP:fd00::5"}));
  add("no subjectAltName", kMismatch, "no subjectAltName at all", Leaf({}));
  add("address in the common name only", kMismatch,
      "the common name does not count",
      With(Leaf({}), [](auto& w) { w.common_name = "10.1.0.5"; }));
  add("address as a DNS name", kMismatch,
      "as a DNS name an address does not count", Leaf({"DNS:10.1.0.5"}));
  add("address as a URI", kMismatch, "URI https://10.1.0.5",
      Leaf({"URI:https://10.1.0.5/"}));
  add("host name only, by address", kMismatch, "tls_identity to HOST_NAME",
      Leaf({"DNS:store.local"}));
  add("IPv4-mapped address for an IPv4 one", kMismatch, "IP ::ffff:10.1.0.5",
      Leaf({"IP:::ffff:10.1.0.5"}));
  add("IPv4 address for an IPv4-mapped one", kMismatch,
      "but for IP 10.1.0.5:", Leaf({"IP:10.1.0.5"}), "::ffff:10.1.0.5");
  const TestIdentity pinned = TestIdentity::Issue(Leaf({"IP:10.1.0.6"}));
  cases.push_back({"another address, leaf pinned",
                   kMismatch,
                   "IP 10.1.0.6",
                   pinned,
                   {},
                   {pinned}});
}

void AddHostNameCases(const Authorities& a, std::vector<Case>& cases) {
  const auto add = [&](const char* name, v1::ErrorReason reason,
                       const char* says, const TestCertificate& leaf,
                       const char* host = kHost) {
    cases.push_back({name,
                     reason,
                     says,
                     a.UnderMiddle(leaf),
                     {a.middle},
                     {a.root},
                     kByName,
                     host});
  };
  add("by name: the host", kOk, "", Leaf({"DNS:store.local"}));
  add("by name: the host in another case", kOk, "", Leaf({"DNS:Store.LOCAL"}));
  add("by name: the host, spelled with the root's dot", kMismatch,
      "DNS store.local.", Leaf({"DNS:store.local."}));
  add("by name: the host with dots too many", kMismatch, "",
      Leaf({"DNS:.store.local", "DNS:store..local"}));
  add("by name: the host in a mailbox and a URI", kMismatch, "",
      Leaf({"email:root@store.local", "URI:https://store.local/"}));
  add("by name: several, the host among them", kOk, "",
      Leaf({"IP:10.9.9.9", "DNS:a.local", "DNS:store.local"}));
  add("by name: another host", kMismatch,
      "is not for store.local, but for DNS a.local:", Leaf({"DNS:a.local"}));
  add("by name: a name that ends like the host", kMismatch, "",
      Leaf({"DNS:backup-store.local", "DNS:a.store.local"}));
  add("by name: a name that begins like the host", kMismatch, "",
      Leaf({"DNS:store.local.example.com", "DNS:store"}));
  add("by name: common name only", kMismatch, "the common name does not count",
      With(Leaf({}), [](auto& w) { w.common_name = "store.local"; }));
  add("by name: common name beside another SAN", kMismatch, "",
      With(Leaf({"DNS:a.local"}),
           [](auto& w) { w.common_name = "store.local"; }));
  add("by name: the address only", kMismatch, "subjectAltName DNS:store.local",
      Leaf({"IP:10.1.0.5"}));
  add("by name: wildcard for every App", kMismatch, "DNS *.local",
      Leaf({"DNS:*.local"}));
  add("by name: wildcard below a site", kMismatch, "DNS *.site.local",
      Leaf({"DNS:*.site.local"}), "store.site.local");
  add("by name: partial wildcard", kMismatch, "",
      Leaf({"DNS:st*.local", "DNS:*re.site.local"}), "store.site.local");
}

void AddConstraintCases(const Authorities& a, std::vector<Case>& cases) {
  const auto under = [&](const char* name, v1::ErrorReason reason,
                         const char* says, const TestCertificate& ca,
                         const TestCertificate& leaf,
                         const std::vector<std::string>& flags = {}) {
    const TestIdentity middle = TestIdentity::Issue(ca, &a.root);
    cases.push_back({name,
                     reason,
                     says,
                     TestIdentity::Issue(leaf, &middle),
                     {middle},
                     {a.root},
                     kByAddress,
                     kHost,
                     kAddress,
                     flags});
  };
  const TestCertificate leaf = Leaf({"IP:10.1.0.5"});
  const TestCertificate middle = Ca("Intermediate");
  const auto plain = [](auto& w) {
    w.key_usage = "";
    w.extended_key_usage = "";
  };

  under("no usage extensions", kOk, "", middle, With(leaf, plain));
  under("RSA of 2048 bits", kOk, "", middle,
        With(leaf, [](auto& w) { w.key = TestKey::kRsa2048; }));
  under("client authentication only", kUntrusted, "is not for servers", middle,
        With(leaf, [](auto& w) { w.extended_key_usage = "clientAuth"; }));
  under("client authentication and server", kOk, "", middle,
        With(leaf,
             [](auto& w) { w.extended_key_usage = "clientAuth,serverAuth"; }));
  under("key usage without signatures", kUntrusted, "is not for servers",
        middle, With(leaf, [](auto& w) { w.key_usage = "critical,cRLSign"; }));
  under("RSA key of 1024 bits", kUntrusted, "has a key that is too short",
        middle, With(leaf, [](auto& w) { w.key = TestKey::kRsa1024; }),
        Careless());
  under("RSA key of 1024 bits in the CA", kUntrusted,
        "has a key that is too short",
        With(middle, [](auto& w) { w.key = TestKey::kRsa1024; }), leaf,
        Careless());
  under("SHA-1 signature", kUntrusted, "hash that is too weak", middle,
        With(leaf, [](auto& w) { w.digest = "SHA1"; }), Careless());
  under("SHA-1 signature on the intermediate", kUntrusted,
        "hash that is too weak",
        With(middle, [](auto& w) { w.digest = "SHA1"; }), leaf, Careless());
  under("name constraints kept", kOk, "",
        With(middle,
             [](auto& w) {
               w.name_constraints =
                   "critical,permitted;IP:10.1.0.0/255.255.0.0";
             }),
        leaf);
  under(
      "name constraints: address not permitted", kUntrusted, "nameConstraints",
      With(middle,
           [](auto& w) {
             w.name_constraints = "critical,permitted;IP:10.2.0.0/255.255.0.0";
           }),
      leaf);
  under("name constraints: name excluded", kUntrusted, "nameConstraints",
        With(middle,
             [](auto& w) {
               w.name_constraints = "critical,excluded;DNS:store.local";
             }),
        Leaf({"IP:10.1.0.5", "DNS:store.local"}));
  under("issued by a leaf", kUntrusted,
        "without being that of a certificate authority", Leaf({"IP:10.1.0.5"}),
        leaf);
  under("issued by a CA that may not sign", kUntrusted, "",
        With(middle, [](auto& w) { w.key_usage = "critical,cRLSign"; }), leaf);
  under("issued without basicConstraints", kUntrusted, "certificate authority",
        With(With(middle, plain), [](auto& w) { w.basic_constraints = false; }),
        leaf);
  under("CA's certificate as the leaf", kUntrusted,
        "is that of a certificate authority", middle,
        With(leaf, [](auto& w) { w.ca = true; }));

  const TestIdentity old_style =
      TestIdentity::Issue(With(Ca("Root"), [](auto& w) { w.digest = "SHA1"; }));
  cases.push_back({"SHA-1 signature of a root on itself",
                   kOk,
                   "",
                   TestIdentity::Issue(leaf, &old_style),
                   {},
                   {old_style}});
  const TestIdentity pinned_leaf = TestIdentity::Issue(leaf, &a.root);
  cases.push_back({"issued by a pinned leaf",
                   kUntrusted,
                   "",
                   TestIdentity::Issue(leaf, &pinned_leaf),
                   {pinned_leaf},
                   {pinned_leaf}});

  const TestIdentity narrow = TestIdentity::Issue(
      With(middle, [](auto& w) { w.path_length = 0; }), &a.root);
  const TestIdentity below =
      TestIdentity::Issue(Ca("Second Intermediate"), &narrow);
  cases.push_back({"path length violated",
                   kUntrusted,
                   "too long",
                   TestIdentity::Issue(leaf, &below),
                   {below, narrow},
                   {a.root}});

  std::vector<TestIdentity> chain = {a.middle};
  for (int i = 0; i < 12; ++i) {
    chain.insert(chain.begin(), TestIdentity::Issue(Ca(absl::StrCat("CA ", i)),
                                                    &chain.front()));
  }
  cases.push_back({"chain of 14 certificates",
                   kUntrusted,
                   "",
                   TestIdentity::Issue(leaf, &chain.front()),
                   chain,
                   {a.root}});
}

void AddProtocolCases(const Authorities& a, std::vector<Case>& cases) {
  const auto add = [&](const char* name, v1::ErrorReason reason,
                       const char* says,
                       const std::vector<std::string>& flags) {
    cases.push_back({name,
                     reason,
                     says,
                     a.leaf,
                     {a.middle},
                     {a.root},
                     kByAddress,
                     kHost,
                     kAddress,
                     flags});
  };
  add("TLS 1.3 only", kOk, "", {"-tls1_3"});
  add("TLS 1.2 only", kOk, "", {"-tls1_2"});
  add("TLS 1.1 only", kFailed, "TLS 1.2 or newer",
      {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
  add("no cipher but anonymous ones", kFailed, "cipher",
      {"-tls1_2", "-cipher", "ADH:AECDH:@SECLEVEL=0"});
  add("no cipher with a key exchange that is strong", kFailed, "",
      {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256", "-groups",
       "sect163k1"});
}

void AddClientCases(const Authorities& a, std::vector<Case>& cases) {
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const auto add = [&](const char* name, v1::ErrorReason reason,
                         const char* says, const TestIdentity* client) {
      Case c{absl::StrCat(name, " (", version + 1, ")"),
             reason,
             says,
             a.leaf,
             {a.middle},
             {a.root}};
      c.flags = {version};
      c.client = client;
      c.client_ca = &a.other;
      cases.push_back(std::move(c));
    };
    add("client certificate shown", kOk, "", &a.client);
    add("client certificate missing", kFailed, "it wants a client certificate",
        nullptr);
    add("client certificate of another CA", kFailed,
        "shown this device's client certificate", &a.stranger);
  }
}

std::vector<Case> AllCases(const Authorities& a) {
  std::vector<Case> cases;
  AddTrustCases(a, cases);
  AddCrossSignedCases(a, cases);
  AddTimeCases(a, cases);
  AddAddressCases(a, cases);
  AddHostNameCases(a, cases);
  AddConstraintCases(a, cases);
  AddProtocolCases(a, cases);
  AddClientCases(a, cases);
  return cases;
}

std::string Pem(const std::vector<TestIdentity>& identities) {
  std::string pem;
  for (const TestIdentity& identity : identities) {
    absl::StrAppend(&pem, identity.CertificatePem());
  }
  return pem;
}

size_t Append(char* data, size_t size, size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

// Fetches the image as the transfer does: the URL holds what the identity says,
// the connection goes to loopback.
absl::Status Fetch(const Case& c, int port, std::string& body) {
  DatastoreAccess access;
  access.ca_certificates_pem = Pem(c.trusted);
  access.tls_identity = c.identity;
  if (c.client != nullptr) {
    access.client_certificate_pem = c.client->CertificatePem();
    access.client_key_pem = c.client->KeyPem();
  }
  TlsPolicy::Options options;
  options.require_trust = false;
  const auto policy = TlsPolicy::Create(access, "", options);
  if (!policy.ok()) return policy.status();

  CURL* const handle = curl_easy_init();
  TlsHandshake handshake(*policy, {c.host, c.address, port, "lo", true});
  absl::Status installed = handshake.Install(handle);
  if (!installed.ok()) return installed;
  const std::string bare = c.address.substr(0, c.address.find('%'));
  const std::string authority = c.identity == kByName ? c.host
                                : absl::StrContains(c.address, ':')
                                    ? absl::StrCat("[", bare, "]")
                                    : bare;
  const std::string url =
      absl::StrCat("https://", authority, ":", port, "/image");
  curl_slist* const to =
      curl_slist_append(nullptr, absl::StrCat("::127.0.0.1:", port).c_str());
  char text[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, to);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, text);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(handle);
  curl_easy_cleanup(handle);
  curl_slist_free_all(to);
  if (code == CURLE_OK) {
    return handshake.verified() ? absl::OkStatus()
                                : absl::InternalError("not verified");
  }
  return handshake.Failure(code, text)
      .value_or(absl::UnavailableError(absl::StrCat("no TLS error: ", text)));
}

TEST(TlsPkiTest, EveryCertificateComesToItsReason) {
  const Authorities authorities;
  const std::vector<Case> cases = AllCases(authorities);
  const std::string directory = ::testing::TempDir() + "/";
  std::ofstream(directory + "image", std::ios::binary) << kImage;
  int wrong = 0;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    TlsTestServer::Options options;
    options.certificate_pem = c.leaf.CertificatePem();
    options.key_pem = c.leaf.KeyPem();
    options.chain_pem = Pem(c.sent);
    options.flags = c.flags;
    if (c.client_ca != nullptr) {
      options.client_ca_pem = c.client_ca->CertificatePem();
    }
    const TlsTestServer server(options, directory);

    std::string body;
    const absl::Status status = Fetch(c, server.port(), body);
    EXPECT_EQ(ReasonOf(status), c.reason) << status;
    EXPECT_EQ(status.ok(), c.reason == kOk) << status;
    EXPECT_EQ(body, c.reason == kOk ? kImage : "");
    EXPECT_TRUE(absl::StrContains(status.message(), c.says)) << status;
    EXPECT_FALSE(absl::StrContains(status.ToString(), "PRIVATE"));
    if (!status.ok()) {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_EQ(MetadataOf(status, "host"), c.host);
      EXPECT_EQ(MetadataOf(status, "address"), c.address);
    }
    std::printf("%-62s %s\n", c.name.c_str(),
                status.ok() ? "OK" : ReasonName(ReasonOf(status)).c_str());
    if (!status.ok()) {
      std::printf("    %s\n", std::string(status.message()).c_str());
    }
    if (ReasonOf(status) != c.reason) ++wrong;
  }
  std::printf("%zu cases, %d wrong\n", cases.size(), wrong);
  EXPECT_GE(cases.size(), 25u);
}

}  // namespace
}  // namespace localstore::fetcher
