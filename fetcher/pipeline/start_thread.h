// std::thread without its exceptions.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace localstore::fetcher {

// `name` is cut to 15 bytes. Errors: INTERNAL when the system gives no thread.
absl::StatusOr<std::thread> StartThread(const std::string& name,
                                        std::function<void()> body);

}  // namespace localstore::fetcher
