#include "fetcher/pipeline/worker_thread.h"

#include <vector>

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

TEST(WorkerThreadTest, RunsTasksInOrder) {
  auto worker = WorkerThread::Start("test");
  ASSERT_TRUE(worker.ok());
  std::vector<int> ran;
  for (int i = 0; i < 100; ++i) {
    (*worker)->Post([&ran, i] { ran.push_back(i); });
  }
  (*worker)->WaitIdle();
  ASSERT_EQ(ran.size(), 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ran[i], i);
}

TEST(WorkerThreadTest, RunsWhatIsQueuedBeforeItEnds) {
  int ran = 0;
  {
    auto worker = WorkerThread::Start("a name over fifteen bytes");
    ASSERT_TRUE(worker.ok());
    for (int i = 0; i < 100; ++i) (*worker)->Post([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

TEST(WorkerThreadTest, ATaskMayPostAnother) {
  auto worker = WorkerThread::Start("test");
  ASSERT_TRUE(worker.ok());
  int ran = 0;
  (*worker)->Post([&] { (*worker)->Post([&] { ran = 1; }); });
  (*worker)->WaitIdle();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace localstore::fetcher
