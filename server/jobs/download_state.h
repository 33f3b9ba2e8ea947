// What the states of the contract mean for a job.
#pragma once

#include "localstore/v1/local_datastore.pb.h"

namespace localstore::server {

// It is over, for good or not; nothing will change any more.
inline bool HasEnded(const v1::Download& download) {
  return download.state() == v1::Download::STATE_COMPLETED ||
         download.state() == v1::Download::STATE_FAILED ||
         download.state() == v1::Download::STATE_CANCELLED;
}

}  // namespace localstore::server
