#include "server/access/gate.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "protos/errors/utf8.h"
#include "server/access/call_identity.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

// Who floods the server with refused calls does not flood its log.
constexpr int kLoggedPerWindow = 10;
constexpr size_t kMaxShownBytes = 512;
constexpr absl::Duration kLogWindow = absl::Seconds(1);

}  // namespace

Gate::Gate(const PeerDirectory* peers)
    : peers_(peers),
      slots_(std::numeric_limits<int>::max()),
      rules_(std::make_shared<const AccessRules>()) {}

void Gate::SetRules(AccessRules rules) {
  auto next = std::make_shared<const AccessRules>(std::move(rules));
  absl::MutexLock lock(&mutex_);
  rules_ = std::move(next);
}

absl::StatusOr<CallSlots::Slot> Gate::Admit(
    absl::string_view method, const grpc::CallbackServerContext& context) {
  const Caller caller = CallerOf(context, *peers_);
  const absl::Status authorized = Authorize(method, caller);
  if (!authorized.ok()) {
    LogRefusal(method, caller, authorized);
    return authorized;
  }
  auto slot = slots_.Take(ClientKey(caller));
  if (!slot.ok()) LogRefusal(method, caller, slot.status());
  return slot;
}

absl::Status Gate::Authorize(absl::string_view method, const Caller& caller) {
  std::shared_ptr<const AccessRules> rules;
  {
    absl::MutexLock lock(&mutex_);
    rules = rules_;
  }
  const RpcGroup group = GroupOfRpc(method).value_or(RpcGroup::kAdmin);
  if (rules->Allow(caller, group)) return absl::OkStatus();
  // A certificate may have more names than a status can carry.
  const std::string seen_as = Truncate(Describe(caller), kMaxShownBytes);
  return MakeError(
      v1::ERROR_REASON_PERMISSION_DENIED,
      absl::StrCat("this server sees you as ", seen_as,
                   " and does not allow that caller \"", RpcGroupName(group),
                   "\", which ", method,
                   " needs; ask who configures it for an access rule"),
      {{"caller", seen_as},
       {"group", std::string(RpcGroupName(group))},
       {"method", std::string(method)}});
}

void Gate::LogRefusal(absl::string_view method, const Caller& caller,
                      const absl::Status& refusal) {
  int64_t left_out = 0;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = absl::Now();
    if (now >= log_window_ + kLogWindow) {
      left_out = std::max<int64_t>(in_window_ - kLoggedPerWindow, 0);
      log_window_ = now;
      in_window_ = 0;
    }
    if (++in_window_ > kLoggedPerWindow) return;
  }
  LogWarning(
      "call refused",
      {{"rpc", std::string(method)},
       {"caller", Truncate(Describe(caller), kMaxShownBytes)},
       {"reason", ReasonName(ReasonOf(refusal))},
       {"not_logged_before", left_out > 0 ? absl::StrCat(left_out) : ""}});
}

}  // namespace localstore::server
