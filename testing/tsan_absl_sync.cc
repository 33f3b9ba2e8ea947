// Linked into tests under --config=tsan only. Debian's Abseil and gRPC are not
// built with ThreadSanitizer, which therefore does not see the order that an
// absl::Mutex or an absl::Notification makes. These definitions stand before
// the library's own (symbol interposition), tell ThreadSanitizer, and call the
// library's.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

#define NO_TSAN __attribute__((no_sanitize("thread")))
namespace {
template <typename F>
NO_TSAN F Real(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}
}  // namespace
#define REAL(ret, name, ...) static auto real = Real<ret (*)(__VA_ARGS__)>(name)

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {
// A condition is evaluated by whichever thread has the mutex, within the
// library, where that thread has not been seen to acquire it.
struct SyncedCondition {
  Mutex* mutex;
  const Condition* condition;
};
NO_TSAN bool EvalSynced(SyncedCondition* synced) {
  __tsan_acquire(synced->mutex);
  bool r = synced->condition->Eval();
  __tsan_release(synced->mutex);
  return r;
}
}  // namespace
NO_TSAN void Mutex::Lock() {
  REAL(void, "_ZN4absl7debian35Mutex4LockEv", Mutex*);
  real(this);
  __tsan_acquire(this);
}
NO_TSAN bool Mutex::TryLock() {
  REAL(bool, "_ZN4absl7debian35Mutex7TryLockEv", Mutex*);
  bool ok = real(this);
  if (ok) __tsan_acquire(this);
  return ok;
}
NO_TSAN void Mutex::Unlock() {
  REAL(void, "_ZN4absl7debian35Mutex6UnlockEv", Mutex*);
  __tsan_release(this);
  real(this);
}
NO_TSAN void Mutex::ReaderLock() {
  REAL(void, "_ZN4absl7debian35Mutex10ReaderLockEv", Mutex*);
  real(this);
  __tsan_acquire(this);
}
NO_TSAN void Mutex::ReaderUnlock() {
  REAL(void, "_ZN4absl7debian35Mutex12ReaderUnlockEv", Mutex*);
  __tsan_release(this);
  real(this);
}
NO_TSAN void Mutex::Await(const Condition& c) {
  REAL(void, "_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE", Mutex*,
       const Condition&);
  SyncedCondition synced{this, &c};
  __tsan_release(this);
  real(this, Condition(&EvalSynced, &synced));
  __tsan_acquire(this);
}
NO_TSAN bool Mutex::AwaitWithTimeout(const Condition& c, absl::Duration d) {
  REAL(bool,
       "_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_"
       "8DurationE",
       Mutex*, const Condition&, absl::Duration);
  SyncedCondition synced{this, &c};
  __tsan_release(this);
  bool r = real(this, Condition(&EvalSynced, &synced), d);
  __tsan_acquire(this);
  return r;
}
NO_TSAN bool Mutex::AwaitWithDeadline(const Condition& c, absl::Time t) {
  REAL(bool,
       "_ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE",
       Mutex*, const Condition&, absl::Time);
  SyncedCondition synced{this, &c};
  __tsan_release(this);
  bool r = real(this, Condition(&EvalSynced, &synced), t);
  __tsan_acquire(this);
  return r;
}
NO_TSAN void Mutex::LockWhen(const Condition& c) {
  REAL(void, "_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE", Mutex*,
       const Condition&);
  SyncedCondition synced{this, &c};
  real(this, Condition(&EvalSynced, &synced));
  __tsan_acquire(this);
}
NO_TSAN void CondVar::Wait(Mutex* m) {
  REAL(void, "_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE", CondVar*, Mutex*);
  __tsan_release(m);
  real(this, m);
  __tsan_acquire(m);
}
NO_TSAN bool CondVar::WaitWithTimeout(Mutex* m, absl::Duration d) {
  REAL(bool,
       "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE",
       CondVar*, Mutex*, absl::Duration);
  __tsan_release(m);
  bool r = real(this, m, d);
  __tsan_acquire(m);
  return r;
}
NO_TSAN bool CondVar::WaitWithDeadline(Mutex* m, absl::Time t) {
  REAL(bool,
       "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE",
       CondVar*, Mutex*, absl::Time);
  __tsan_release(m);
  bool r = real(this, m, t);
  __tsan_acquire(m);
  return r;
}
// HasBeenNotified is inline, hence instrumented: it acquires from the flag,
// which stands behind the mutex.
NO_TSAN void Notification::Notify() {
  REAL(void, "_ZN4absl7debian312Notification6NotifyEv", Notification*);
  __tsan_release(this);
  __tsan_release(reinterpret_cast<char*>(this) + sizeof(Mutex));
  real(this);
}
NO_TSAN void Notification::WaitForNotification() const {
  REAL(void, "_ZNK4absl7debian312Notification19WaitForNotificationEv",
       const Notification*);
  real(this);
  __tsan_acquire(const_cast<Notification*>(this));
}
NO_TSAN bool Notification::WaitForNotificationWithTimeout(
    absl::Duration d) const {
  REAL(bool,
       "_ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_"
       "8DurationE",
       const Notification*, absl::Duration);
  bool r = real(this, d);
  __tsan_acquire(const_cast<Notification*>(this));
  return r;
}
NO_TSAN bool Notification::WaitForNotificationWithDeadline(absl::Time t) const {
  REAL(bool,
       "_ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_"
       "4TimeE",
       const Notification*, absl::Time);
  bool r = real(this, t);
  __tsan_acquire(const_cast<Notification*>(this));
  return r;
}
ABSL_NAMESPACE_END
}  // namespace absl
#endif
