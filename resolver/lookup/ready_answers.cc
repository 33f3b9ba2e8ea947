#include "resolver/lookup/ready_answers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace localstore::resolver {

// The parts are told apart by their lengths: any of them may be any bytes.
std::string ReadyAnswers::KeyOf(const std::string& host,
                                const ResolveOptions& options) {
  std::string key = absl::StrCat(static_cast<int>(options.family), ",",
                                 options.bridges.size(), ",");
  for (const std::string& bridge : options.bridges) {
    absl::StrAppend(&key, bridge.size(), ",", bridge);
  }
  const size_t start = key.size();
  absl::StrAppend(&key, absl::StripSuffix(host, "."));
  for (size_t i = start; i < key.size(); ++i) {
    key[i] = absl::ascii_tolower(static_cast<unsigned char>(key[i]));
  }
  return key;
}

KnownAnswer ReadyAnswers::Find(const std::string& host,
                               const ResolveOptions& options,
                               absl::Time now) const {
  if (options.all_endpoints || options.bypass_cache ||
      !options.service.empty()) {
    return {};
  }
  const std::string key = KeyOf(host, options);
  absl::MutexLock lock(&mutex_);
  const auto found = answers_.find(key);
  if (found == answers_.end() || now >= found->second.expires) return {};
  return {found->second.resolution, now - found->second.made};
}

void ReadyAnswers::Publish(const ResolveOptions& options,
                           const Resolution& resolution,
                           const std::vector<dns::Name>& names,
                           absl::Time now) {
  Sweep(now);
  const std::string key = KeyOf(resolution.host, options);
  Erase(key);
  Answer answer;
  answer.resolution = std::make_shared<const Resolution>(resolution);
  answer.made = now;
  answer.expires = now + kReadyLife;
  for (const Endpoint& endpoint : resolution.endpoints) {
    answer.expires = std::min(answer.expires, now + endpoint.ttl);
  }
  answer.names = names;
  absl::MutexLock lock(&mutex_);
  if (answers_.size() >= max_answers_) return;
  for (const dns::Name& name : names) keys_of_[name].insert(key);
  answers_.emplace(key, std::move(answer));
}

void ReadyAnswers::Drop(const absl::flat_hash_set<dns::Name>& names) {
  if (keys_of_.empty()) return;
  for (const dns::Name& name : names) Drop(name);
}

void ReadyAnswers::Drop(const dns::Name& name) {
  const auto found = keys_of_.find(name);
  if (found == keys_of_.end()) return;
  const absl::flat_hash_set<std::string> keys = found->second;
  for (const std::string& key : keys) Erase(key);
}

void ReadyAnswers::Clear() {
  keys_of_.clear();
  Answers dropped;  // destroyed without the lock
  absl::MutexLock lock(&mutex_);
  dropped.swap(answers_);
}

void ReadyAnswers::Erase(const std::string& key) {
  Answer erased;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = answers_.find(key);
    if (found == answers_.end()) return;
    erased = std::move(found->second);
    answers_.erase(found);
  }
  Forget(key, erased.names);
}

void ReadyAnswers::Forget(const std::string& key,
                          const std::vector<dns::Name>& names) {
  for (const dns::Name& name : names) {
    const auto keys = keys_of_.find(name);
    if (keys == keys_of_.end()) continue;
    keys->second.erase(key);
    if (keys->second.empty()) keys_of_.erase(keys);
  }
}

// Those that nobody wanted again.
void ReadyAnswers::Sweep(absl::Time now) {
  if (now - swept_ < kReadyLife) return;
  swept_ = now;
  std::vector<std::string> expired;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [key, answer] : answers_) {
      if (now >= answer.expires) expired.push_back(key);
    }
  }
  for (const std::string& key : expired) Erase(key);
}

}  // namespace localstore::resolver
