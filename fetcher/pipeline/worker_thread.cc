#include "fetcher/pipeline/worker_thread.h"

#include <utility>

#include "fetcher/pipeline/start_thread.h"

namespace localstore::fetcher {

absl::StatusOr<std::unique_ptr<WorkerThread>> WorkerThread::Start(
    const std::string& name) {
  std::unique_ptr<WorkerThread> worker(new WorkerThread());
  absl::StatusOr<std::thread> thread =
      StartThread(name, [raw = worker.get()] { raw->Run(); });
  if (!thread.ok()) return thread.status();
  worker->thread_ = *std::move(thread);
  return worker;
}

WorkerThread::~WorkerThread() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void WorkerThread::Post(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  tasks_.push_back(std::move(task));
}

void WorkerThread::WaitIdle() {
  const auto idle = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return tasks_.empty() && !busy_;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&idle));
}

void WorkerThread::Run() {
  const auto awaited = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !tasks_.empty() || ending_;
  };
  absl::MutexLock lock(&mutex_);
  while (true) {
    mutex_.Await(absl::Condition(&awaited));
    if (tasks_.empty()) return;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    busy_ = true;
    mutex_.Unlock();
    task();
    task = nullptr;  // what it holds goes before the thread is idle
    mutex_.Lock();
    busy_ = false;
  }
}

}  // namespace localstore::fetcher
