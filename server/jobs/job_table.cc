#include "server/jobs/job_table.h"

#include <algorithm>
#include <utility>

#include "server/jobs/job_errors.h"

namespace localstore::server {
namespace {

std::pair<absl::Time, uint64_t> EndOf(const Job& job) {
  return {job.end_time(), job.sequence()};
}

}  // namespace

JobTable::Entry& JobTable::Insert(const std::shared_ptr<Job>& job) {
  if (const Entry* there = Find(job->id())) Erase(*there->job);
  by_sequence_[job->sequence()] = job;
  by_destination_[job->destination()][job->sequence()] = job;
  if (!job->sha256().empty()) {
    by_digest_[job->sha256()][job->sequence()] = job;
  }
  Entry& entry = by_id_[job->id()];
  entry.job = job;
  return entry;
}

void JobTable::Erase(const Job& job) {
  if (EntryOf(job) == nullptr) return;
  if (job.ended()) ended_.erase(EndOf(job));
  EraseFrom(by_destination_, &Job::destination, job);
  EraseFrom(by_digest_, &Job::sha256, job);
  by_sequence_.erase(job.sequence());
  by_id_.erase(by_id_.find(job.id()));
}

void JobTable::EraseFrom(Index& index, KeyOf key, const Job& job) {
  const auto found = index.find((job.*key)());
  if (found == index.end()) return;
  JobsBySequence others = std::move(found->second);
  others.erase(job.sequence());
  index.erase(found);
  if (others.empty()) return;
  const std::string& same_key = (*others.begin()->second.*key)();
  index.emplace(same_key, std::move(others));
}

JobTable::Entry* JobTable::Find(absl::string_view id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

const JobTable::Entry* JobTable::Find(absl::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

JobTable::Entry* JobTable::EntryOf(const Job& job) {
  Entry* entry = Find(job.id());
  return entry != nullptr && entry->job.get() == &job ? entry : nullptr;
}

std::vector<std::shared_ptr<Job>> JobTable::List(uint64_t after,
                                                 int limit) const {
  std::vector<std::shared_ptr<Job>> jobs;
  for (auto it = by_sequence_.upper_bound(after);
       it != by_sequence_.end() && static_cast<int>(jobs.size()) < limit;
       ++it) {
    jobs.push_back(it->second);
  }
  return jobs;
}

absl::StatusOr<std::vector<std::shared_ptr<Job>>> JobTable::ListOf(
    const std::vector<std::string>& ids, uint64_t after, int limit) const {
  JobsBySequence jobs;
  for (const std::string& id : ids) {
    const Entry* entry = Find(id);
    if (entry == nullptr) return NoSuchDownload(id);
    const std::shared_ptr<Job>& job = entry->job;
    if (job->sequence() > after) jobs[job->sequence()] = job;
  }
  std::vector<std::shared_ptr<Job>> page;
  for (auto& entry : jobs) {
    if (static_cast<int>(page.size()) == limit) break;
    page.push_back(std::move(entry.second));
  }
  return page;
}

bool JobTable::Hold(const std::shared_ptr<Job>& job) {
  return holders_.emplace(job->destination(), job).second;
}

void JobTable::Release(const Job& job) {
  const auto held = holders_.find(job.destination());
  if (held != holders_.end() && held->second.get() == &job) {
    holders_.erase(held);
  }
}

std::shared_ptr<Job> JobTable::HolderOf(const std::string& destination) const {
  const auto held = holders_.find(destination);
  return held == holders_.end() ? nullptr : held->second;
}

std::vector<std::shared_ptr<Job>> JobTable::Holders() const {
  std::vector<std::shared_ptr<Job>> jobs;
  for (const auto& held : holders_) jobs.push_back(held.second);
  return jobs;
}

std::vector<std::shared_ptr<Job>> JobTable::Parked() const {
  std::vector<std::shared_ptr<Job>> jobs;
  for (const auto& held : holders_) {
    const Entry* entry = Find(held.second->id());
    if (entry != nullptr && entry->job == held.second && entry->parked) {
      jobs.push_back(held.second);
    }
  }
  return jobs;
}

const JobsBySequence& JobTable::At(const std::string& destination) const {
  static const JobsBySequence* const kNone = new JobsBySequence();
  const auto found = by_destination_.find(destination);
  return found == by_destination_.end() ? *kNone : found->second;
}

OwnedFiles JobTable::FilesOf(const Job& job) const {
  return server::FilesOf(job, At(job.destination()));
}

bool JobTable::CanGoOn(const std::string& destination) const {
  return server::CanGoOn(At(destination));
}

std::vector<std::shared_ptr<Job>> JobTable::CopiesFor(const Job& job) const {
  const auto found = by_digest_.find(job.sha256());
  if (found == by_digest_.end()) return {};
  const absl::Time asked = job.create_time();
  std::vector<std::shared_ptr<Job>> copies;
  for (const auto& entry : found->second) {
    const Job& other = *entry.second;
    if (other.completed() && other.destination() != job.destination() &&
        other.end_time() >= asked) {
      copies.push_back(entry.second);
    }
  }
  std::sort(copies.begin(), copies.end(),
            [](const auto& a, const auto& b) { return EndOf(*a) > EndOf(*b); });
  return copies;
}

void JobTable::NoteEnd(const std::shared_ptr<Job>& job) {
  if (EntryOf(*job) != nullptr) ended_[EndOf(*job)] = job;
}

std::vector<std::shared_ptr<Job>> JobTable::Outdated(size_t max_ended,
                                                     absl::Time too_old) const {
  std::vector<std::shared_ptr<Job>> jobs;
  for (const auto& entry : ended_) {
    if (ended_.size() - jobs.size() <= max_ended &&
        entry.first.first >= too_old) {
      break;
    }
    jobs.push_back(entry.second);
  }
  return jobs;
}

}  // namespace localstore::server
