// One line that shows how far a download is.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/render/style.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

// What lines that stand beneath each other have in common, so that their bars
// begin and end in the same columns.
struct ProgressColumns {
  size_t name = 0;   // of the longest name
  size_t facts = 0;  // of the longest text behind a bar
};

ProgressColumns ColumnsOf(const std::vector<v1::Download>& downloads,
                          const Style& style);

// At most `width` columns, for a line that is drawn over and over: name, state
// or bar, amounts, rate, time left, resumed part; what does not fit is left
// out, the least important first. `now` is for the countdown of a wait.
std::string ProgressLine(const v1::Download& download, size_t width,
                         absl::Time now, const Style& style,
                         const ProgressColumns& columns = {});

// The same facts without a bar, however long, for a log.
std::string PlainProgressLine(const v1::Download& download, absl::Time now,
                              const Style& style);

// What is done of it, 0 to 100, 100 only for all of it; -1 when the size is not
// known.
int Percent(const v1::Download& download);

// `columns` wide: received part, of it the resumed one, and the rest.
std::string ProgressBar(const v1::Download& download, size_t columns,
                        Charset charset);

}  // namespace localstore::client
