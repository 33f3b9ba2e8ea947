// Any text as a URL, as the parts of one, and as a redirect: no crash, and what
// is accepted holds to what DatastoreUrl promises.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "fetcher/datastore_url.h"
#include "fetcher/redirect_target.h"

namespace {

using localstore::fetcher::DatastoreUrl;
using localstore::fetcher::kMaxUrlBytes;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckInvariants(const DatastoreUrl& url) {
  Require(absl::EndsWith(url.host(), ".local"));
  Require(!absl::StartsWith(url.host(), "."));
  Require(url.host() == absl::AsciiStrToLower(url.host()));
  Require(url.host().find_first_of("/@:%\\?#[] ") == std::string::npos);
  Require(url.named_port() >= 0 && url.named_port() <= 65535);
  Require(absl::StartsWith(url.path(), "/"));
  const std::string text = url.ToString();
  for (const char c : text) Require(absl::ascii_isgraph(c));
  // The host of the effective URL is the address, whatever the rest holds.
  const auto effective = url.WithAddress("fe80::5%br0", 8080);
  Require(effective.ok() &&
          *effective == absl::StrCat(url.scheme(), "://[fe80::5]:8080",
                                     url.RequestTarget()));
  if (text.size() <= kMaxUrlBytes) {
    const auto again = DatastoreUrl::Parse(text, "url");
    Require(again.ok() && *again == url && again->ToString() == text);
  }
  const auto name = url.FileName();
  if (name.ok()) {
    Require(!name->empty() && *name != "." && *name != ".." &&
            name->size() <= 255);
    Require(name->find_first_of(std::string("/\\\0\n", 4)) ==
            std::string::npos);
  }
  if (url.query().has_value()) {
    Require(absl::EndsWith(text, *url.query()));
    Require(absl::EndsWith(url.Redacted(), "***"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);

  const auto url = DatastoreUrl::Parse(input, "url");
  if (url.ok()) {
    CheckInvariants(*url);
    Require(absl::EndsWith(input, url->query().value_or("")));
  }

  const std::vector<absl::string_view> parts =
      absl::StrSplit(input, absl::MaxSplits('\n', 2));
  if (parts.size() == 3) {
    const auto joined = DatastoreUrl::Join({parts[0], parts[1], parts[2]});
    if (joined.ok()) {
      CheckInvariants(*joined);
      Require(absl::EndsWith(parts[2], joined->query().value_or("")));
    }
  }

  static const DatastoreUrl& base =
      *new DatastoreUrl(*DatastoreUrl::Parse("https://a.local/b/c?d", "url"));
  const auto target = localstore::fetcher::ResolveRedirect(base, input);
  if (target.ok()) {
    CheckInvariants(*target);
    Require(target->is_https());
  }
  return 0;
}
