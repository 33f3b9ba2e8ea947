// A machine that is as busy as the test says.
#pragma once

#include "resolver/net/processors.h"

namespace localstore::resolver {

class FakeProcessors : public Processors {
 public:
  Load Look() override { return load; }

  Load load = Load::kIdle;
};

}  // namespace localstore::resolver
