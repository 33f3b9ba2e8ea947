// The data of one record, by its type, to and from the wire.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "resolver/dns/message.h"
#include "resolver/dns/wire_reader.h"
#include "resolver/dns/wire_writer.h"

namespace localstore::resolver::dns {

// The OPT pseudo-record (RFC 6891): its class is a size, without a top bit of
// its own (RFC 6762 section 10.2).
constexpr Type kTypeOpt = static_cast<Type>(41);

// `rdata` covers the data alone. nullopt when that is not, from its first byte
// to its last, what the type asks for.
absl::optional<RecordData> ReadRdata(Type type, uint16_t klass,
                                     WireReader rdata);

// INVALID_ARGUMENT when the data does not go with the type and class.
absl::Status WriteRdata(const Record& record, WireWriter& out);

}  // namespace localstore::resolver::dns
