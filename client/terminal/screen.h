// A place that text is written to: a terminal, a file, a pipe.
#pragma once

#include <cstddef>
#include <functional>
#include <iostream>

#include "client/render/style.h"

namespace localstore::client {

struct Screen {
  std::ostream* stream = nullptr;
  // Whether lines can be drawn over: a terminal that is not "dumb".
  bool redraws = false;
  Style style;
  // As it is now; only for one that redraws.
  std::function<size_t()> columns = [] { return size_t{80}; };
  std::function<size_t()> rows = [] { return size_t{24}; };
};

// The screen behind a file descriptor. UTF-8 if the locale's character set is,
// colours on a terminal unless NO_COLOR is set and not empty.
Screen ScreenFor(std::ostream& stream, int descriptor);

}  // namespace localstore::client
