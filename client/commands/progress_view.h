// The progress of downloads, as it is shown while it is made.
#pragma once

#include <memory>
#include <string>

#include "client/commands/reporter.h"
#include "client/terminal/screen.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

// On one thread.
class ProgressView {
 public:
  virtual ~ProgressView() = default;

  // The newest snapshot of a download.
  virtual void Show(const v1::Download& download) = 0;

  // A line for the person who watches.
  virtual void Say(const std::string& line) = 0;

  // Ctrl-C was pressed, which the terminal shows as "^C".
  virtual void NoteInterrupt() {}

  // Time has passed, or the terminal has another size.
  virtual void Redraw() = 0;

  // Nothing more comes; what stays on the screen is what is to stay.
  virtual void Close() = 0;
};

// JSON, a bar on a terminal, or plain lines.
std::unique_ptr<ProgressView> MakeProgressView(const Reporter& reporter,
                                               Screen& out);

}  // namespace localstore::client
