// A NETLINK_ROUTE socket that hears the kernel alone.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "resolver/net/unique_fd.h"

namespace localstore::resolver {

// Not thread-safe. Never blocks.
class NetlinkSocket {
 public:
  enum class Outcome {
    kDatagram,
    kNothing,  // nothing to read now
    kLost,     // the kernel dropped messages, or one was too long
  };

  struct Received {
    Outcome outcome = Outcome::kNothing;
    absl::Span<const uint8_t> bytes;  // valid until the next call
  };

  // `groups` is a mask of RTMGRP_...; 0: none. INTERNAL when the kernel
  // refuses.
  static absl::StatusOr<NetlinkSocket> Open(uint32_t groups,
                                            int receive_buffer_bytes);

  int fd() const { return fd_.get(); }

  absl::Status Send(absl::Span<const uint8_t> request);
  absl::StatusOr<Received> Receive();
  // Whether Receive would return something else than kNothing.
  bool HasMore() const;

 private:
  explicit NetlinkSocket(UniqueFd fd);

  UniqueFd fd_;
  std::vector<uint8_t> buffer_;
};

}  // namespace localstore::resolver
