#include "resolver/link/heard_questions.h"

#include <algorithm>
#include <vector>

#include "resolver/query/query_schedule.h"

namespace localstore::resolver {
namespace {

bool Answers(const dns::Record& record, const dns::Question& question) {
  return record.name == question.name && record.klass == question.klass &&
         (record.type == question.type || question.type == dns::Type::kAny);
}

// Whether we would list all that the query lists as known to `question`.
bool AllAreKnown(const dns::Message& query, const dns::Question& question,
                 const RecordCache& cache, absl::Time now) {
  const std::vector<dns::Record> ours = cache.KnownAnswers(question, now);
  return std::all_of(query.answers.begin(), query.answers.end(),
                     [&](const dns::Record& theirs) {
                       return !Answers(theirs, question) ||
                              std::any_of(ours.begin(), ours.end(),
                                          [&](const dns::Record& known) {
                                            return known.type == theirs.type &&
                                                   known.data == theirs.data;
                                          });
                     });
}

}  // namespace

void HeardQuestions::Note(const dns::Message& query, const RecordCache& cache,
                          absl::Time now) {
  if (query.truncated || query.opcode != 0) return;
  for (const dns::Question& question : query.questions) {
    if (question.unicast_response || question.klass != dns::kClassIn) continue;
    if (AllAreKnown(query, question, cache, now)) Remember(question, now);
  }
}

void HeardQuestions::Remember(const dns::Question& question, absl::Time now) {
  if (heard_.size() >= max_questions_) {
    absl::erase_if(heard_, [&](const auto& entry) {
      return now - entry.second >= kFirstInterval;
    });
  }
  if (heard_.size() >= max_questions_) return;
  heard_[{question.name, question.type}] = now;
}

bool HeardQuestions::WasHeard(const dns::Name& name, dns::Type type,
                              absl::Time now) const {
  const auto found = heard_.find(std::make_pair(name, type));
  return found != heard_.end() && now - found->second < kFirstInterval;
}

}  // namespace localstore::resolver
