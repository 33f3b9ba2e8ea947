#include "client/terminal/signal_relay.h"

#include <signal.h>
#include <unistd.h>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

TEST(SignalRelayTest, HandsASignalToItsHandler) {
  absl::Notification came;
  {
    SignalRelay relay({{SIGUSR1, [&] {
                          if (!came.HasBeenNotified()) came.Notify();
                        }}});
    kill(getpid(), SIGUSR1);
    came.WaitForNotification();
  }
  sigset_t now;
  pthread_sigmask(SIG_BLOCK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGUSR1), 0);
}

TEST(SignalRelayTest, WhatWasIgnoredStaysIgnored) {
  (void)signal(SIGUSR2, SIG_IGN);
  absl::Notification came;
  {
    SignalRelay relay({{SIGUSR2, [] { FAIL() << "SIGUSR2 was to be ignored"; }},
                       {SIGUSR1, [&] { came.Notify(); }}});
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR1);
    came.WaitForNotification();
  }
  (void)signal(SIGUSR2, SIG_DFL);
}

}  // namespace
}  // namespace localstore::client
