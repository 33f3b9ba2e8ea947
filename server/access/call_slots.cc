#include "server/access/call_slots.h"

#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {

void CallSlots::SetLimit(int limit) {
  absl::MutexLock lock(&table_->mutex);
  table_->limit = limit;
}

absl::StatusOr<CallSlots::Slot> CallSlots::Take(const std::string& client) {
  {
    absl::MutexLock lock(&table_->mutex);
    const auto found = table_->taken.find(client);
    const int taken = found == table_->taken.end() ? 0 : found->second;
    if (taken >= table_->limit) {
      return MakeError(
          v1::ERROR_REASON_TOO_MANY_CALLS,
          absl::StrCat("there are ", taken,
                       " calls of yours under way, as many as this server "
                       "allows one client (max_calls_per_client); end some, or "
                       "try again later"),
          {{"limit", absl::StrCat(table_->limit)}});
    }
    ++table_->taken[client];
  }
  Slot slot;
  slot.give_back_ = std::shared_ptr<void>(
      nullptr, [table = table_, client](void*) { GiveBack(*table, client); });
  return slot;
}

void CallSlots::GiveBack(Table& table, const std::string& client) {
  absl::MutexLock lock(&table.mutex);
  const auto found = table.taken.find(client);
  if (--found->second == 0) table.taken.erase(found);
}

}  // namespace localstore::server
