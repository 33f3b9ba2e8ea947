// A record as it was heard on a bridge, and until when it holds.
#pragma once

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "resolver/dns/message.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

struct CachedRecord {
  dns::Record record;   // ttl is what was last announced, at most the limit
  IpAddress source;     // who sent it first
  absl::Time created;   // first heard with these data
  absl::Time received;  // last heard
  absl::Time expires;
  // Said goodbye, or replaced by a record with the cache-flush bit: goes within
  // a second unless it is heard again (RFC 6762 sections 10.1, 10.2).
  bool leaving = false;
  // Heard in answers to one-shot queries only, whose lifetime is shortened
  // (RFC 6762 section 6.7).
  bool one_shot = false;
  int refreshes = 0;  // how often it was asked for again since it was received
};

// Of records that replace one another, the one that holds: heard last, and
// staying rather than leaving. nullptr when there is none.
const CachedRecord* Newest(absl::Span<const CachedRecord* const> records);

}  // namespace localstore::resolver
