// Services browsed on one bridge, for all who browse there.
//
// Asks for the types continuously (RFC 6762 section 5.2), for what answers left
// out (RFC 6763 section 12), and again for what is about to expire.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "absl/time/time.h"
#include "resolver/browse/service_view.h"
#include "resolver/browse/wanted_names.h"
#include "resolver/dns/message.h"
#include "resolver/dns/name.h"
#include "resolver/link/bridge_link.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// Not thread-safe: used on the loop's own thread.
class LinkBrowse {
 public:
  // All must outlive it. `changed` runs when services() has changed.
  LinkBrowse(BridgeLink* link, Scheduler* scheduler, WantedNames* wanted,
             std::function<void()> changed);
  ~LinkBrowse();

  LinkBrowse(const LinkBrowse&) = delete;
  LinkBrowse& operator=(const LinkBrowse&) = delete;

  // Begins with the types that are new after `delay`, ends those that are not
  // in it any more. Looks at what is known already.
  void SetTypes(const std::set<dns::Name>& types, absl::Duration delay);
  // Asks for `types`, which somebody has just begun to browse, again now,
  // unless they were asked for within the last second.
  void AskAgain(const std::set<dns::Name>& types);

  // Records of wanted names have changed.
  void OnRecords();

  BridgeLink& link() const { return *link_; }
  // By type.
  const std::map<dns::Name, SeenServices>& services() const {
    return services_;
  }

 private:
  struct Continuous {  // a type that is asked for
    absl::Time next;
    absl::Time last = absl::InfinitePast();
    int sent = 0;
    bool left_to_others = false;  // the last time
  };
  struct Missing {  // records that were left out
    std::vector<dns::Type> types;
    absl::Time next;
    int sent = 0;
    bool still = true;
  };
  using Questions = std::vector<dns::Question>;

  void Look();
  void Want(std::set<dns::Name> names);
  void NoteMissing();
  void NoteMissing(const dns::Name& name, std::vector<dns::Type> types);
  void ArmAsk();
  void OnAsk();
  void Ask(Questions questions, bool known_answers);
  void AddDueTypes(absl::Time now, Questions* questions);
  bool LeaveToOthers(const dns::Name& type, Continuous& continuous,
                     absl::Time now) const;
  void AddDueRefreshes(absl::Time now, Questions* questions);
  void AddDueMissing(absl::Time now, Questions* questions);
  absl::Time NextAsk() const;

  BridgeLink* const link_;
  Scheduler* const scheduler_;
  WantedNames* const wanted_;
  const std::function<void()> changed_;
  std::map<dns::Name, Continuous> types_;
  std::map<dns::Name, SeenServices> services_;
  std::set<dns::Name> names_;  // instances and hosts, counted in wanted_
  std::map<dns::Name, Missing> missing_;
  absl::Time looked_ = absl::InfinitePast();  // because records came
  absl::Time asked_ = absl::InfinitePast();
  Scheduler::TimerId look_timer_ = 0;
  Scheduler::TimerId ask_timer_ = 0;
  absl::Time ask_at_ = absl::InfiniteFuture();
};

}  // namespace localstore::resolver
