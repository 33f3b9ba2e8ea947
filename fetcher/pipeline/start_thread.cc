#include "fetcher/pipeline/start_thread.h"

#include <pthread.h>

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kMaxThreadName = 15;

}  // namespace

absl::StatusOr<std::thread> StartThread(const std::string& name,
                                        std::function<void()> body) {
  try {
    std::thread thread(std::move(body));
    pthread_setname_np(thread.native_handle(),
                       name.substr(0, kMaxThreadName).c_str());
    return thread;
  } catch (const std::system_error& error) {
    return MakeError(
        v1::ERROR_REASON_INTERNAL,
        absl::StrCat("the system gives no thread: ", error.what()));
  }
}

}  // namespace localstore::fetcher
