#include "resolver/dns/rdata.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "resolver/dns/type_bitmap.h"

namespace localstore::resolver::dns {
namespace {

constexpr size_t kMaxStringBytes = 255;

std::string ToString(absl::Span<const uint8_t> bytes) {
  return std::string(bytes.begin(), bytes.end());
}

absl::Span<const uint8_t> TakeRest(WireReader& reader) {
  absl::Span<const uint8_t> rest;
  reader.ReadBytes(reader.remaining(), rest);
  return rest;
}

absl::optional<RecordData> ReadAddress(IpFamily family, WireReader rdata) {
  const auto address = IpAddress::FromBytes(TakeRest(rdata));
  if (!address.has_value() || address->family() != family) return absl::nullopt;
  return AddressData{*address};
}

absl::optional<RecordData> ReadTarget(WireReader rdata) {
  NameData data;
  if (!rdata.ReadName(data.target) || rdata.remaining() != 0) {
    return absl::nullopt;
  }
  return data;
}

absl::optional<RecordData> ReadSrv(WireReader rdata) {
  SrvData data;
  if (!rdata.ReadU16(data.priority) || !rdata.ReadU16(data.weight) ||
      !rdata.ReadU16(data.port) || !rdata.ReadName(data.target) ||
      rdata.remaining() != 0) {
    return absl::nullopt;
  }
  return data;
}

absl::optional<RecordData> ReadTxt(WireReader rdata) {
  TxtData data;
  // No string at all stands for one that is empty: RFC 6763 section 6.1.
  if (rdata.remaining() == 0) data.strings.emplace_back();
  while (rdata.remaining() != 0) {
    uint8_t size = 0;
    absl::Span<const uint8_t> bytes;
    if (!rdata.ReadU8(size) || !rdata.ReadBytes(size, bytes)) {
      return absl::nullopt;
    }
    data.strings.push_back(ToString(bytes));
  }
  return data;
}

absl::optional<RecordData> ReadNsec(WireReader rdata) {
  NsecData data;
  if (!rdata.ReadName(data.next)) return absl::nullopt;
  auto types = ReadTypeBitmap(TakeRest(rdata));
  if (!types.has_value()) return absl::nullopt;
  data.types = *std::move(types);
  return data;
}

// What the data of a type is held as.
enum class Shape { kIpv4, kIpv6, kTarget, kSrv, kTxt, kNsec, kOpaque };

Shape ShapeOf(Type type, uint16_t klass) {
  if (klass != kClassIn) return Shape::kOpaque;
  switch (type) {
    case Type::kA:
      return Shape::kIpv4;
    case Type::kAaaa:
      return Shape::kIpv6;
    case Type::kPtr:
    case Type::kCname:
      return Shape::kTarget;
    case Type::kSrv:
      return Shape::kSrv;
    case Type::kTxt:
      return Shape::kTxt;
    case Type::kNsec:
      return Shape::kNsec;
    default:
      return Shape::kOpaque;
  }
}

bool HasStringTooLong(const TxtData& data) {
  return std::any_of(data.strings.begin(), data.strings.end(),
                     [](const std::string& string) {
                       return string.size() > kMaxStringBytes;
                     });
}

// Writes data that is there; where it isn't, the record holds the wrong kind.
class RdataWriter {
 public:
  explicit RdataWriter(WireWriter& out) : out_(out) {}

  bool Write(const AddressData* data, IpFamily family) {
    if (data == nullptr || data->address.family() != family) return false;
    out_.AppendBytes(data->address.bytes());
    return true;
  }

  bool Write(const NameData* data) {
    if (data == nullptr) return false;
    out_.AppendName(data->target);
    return true;
  }

  bool Write(const SrvData* data) {
    if (data == nullptr) return false;
    out_.AppendU16(data->priority);
    out_.AppendU16(data->weight);
    out_.AppendU16(data->port);
    out_.AppendName(data->target);
    return true;
  }

  bool Write(const TxtData* data) {
    if (data == nullptr || HasStringTooLong(*data)) return false;
    // At least one string: RFC 1035 section 3.3.14, RFC 6763 section 6.1.
    if (data->strings.empty()) out_.AppendU8(0);
    for (const std::string& string : data->strings) {
      out_.AppendU8(static_cast<uint8_t>(string.size()));
      out_.AppendBytes(string);
    }
    return true;
  }

  bool Write(const NsecData* data) {
    if (data == nullptr) return false;
    out_.AppendName(data->next);
    out_.AppendBytes(WriteTypeBitmap(data->types));
    return true;
  }

  bool Write(const OpaqueData* data) {
    if (data == nullptr) return false;
    out_.AppendBytes(data->bytes);
    return true;
  }

 private:
  WireWriter& out_;
};

bool WriteAs(Shape shape, const RecordData& data, WireWriter& out) {
  RdataWriter writer(out);
  switch (shape) {
    case Shape::kIpv4:
      return writer.Write(std::get_if<AddressData>(&data), IpFamily::kIpv4);
    case Shape::kIpv6:
      return writer.Write(std::get_if<AddressData>(&data), IpFamily::kIpv6);
    case Shape::kTarget:
      return writer.Write(std::get_if<NameData>(&data));
    case Shape::kSrv:
      return writer.Write(std::get_if<SrvData>(&data));
    case Shape::kTxt:
      return writer.Write(std::get_if<TxtData>(&data));
    case Shape::kNsec:
      return writer.Write(std::get_if<NsecData>(&data));
    case Shape::kOpaque:
      return writer.Write(std::get_if<OpaqueData>(&data));
  }
  return false;
}

}  // namespace

absl::optional<RecordData> ReadRdata(Type type, uint16_t klass,
                                     WireReader rdata) {
  switch (ShapeOf(type, klass)) {
    case Shape::kIpv4:
      return ReadAddress(IpFamily::kIpv4, rdata);
    case Shape::kIpv6:
      return ReadAddress(IpFamily::kIpv6, rdata);
    case Shape::kTarget:
      return ReadTarget(rdata);
    case Shape::kSrv:
      return ReadSrv(rdata);
    case Shape::kTxt:
      return ReadTxt(rdata);
    case Shape::kNsec:
      return ReadNsec(rdata);
    case Shape::kOpaque:
      return OpaqueData{ToString(TakeRest(rdata))};
  }
  return absl::nullopt;
}

absl::Status WriteRdata(const Record& record, WireWriter& out) {
  if (WriteAs(ShapeOf(record.type, record.klass), record.data, out)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the data of the record ", record.name.ToString(), ", type ",
      static_cast<int>(record.type), ", class ", record.klass,
      ", does not go with its type, or holds a string over 255 bytes"));
}

}  // namespace localstore::resolver::dns
