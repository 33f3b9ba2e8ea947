// Lines at the bottom of a terminal that are drawn over and over, with ordinary
// lines scrolling by above them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/terminal/screen.h"

namespace localstore::client {

// Only for a screen that redraws. Not thread-safe.
class LiveLines {
 public:
  // `screen` must outlive this.
  explicit LiveLines(Screen* screen) : screen_(screen) {}
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  // Columns that a line may take: one less than the terminal has, because some
  // terminals break the line at the last one.
  size_t columns() const;
  // Lines that can be drawn without scrolling.
  size_t rows() const;

  // Replaces what is drawn; each line at most columns() wide, of the lines at
  // most rows() are drawn.
  void Draw(const std::vector<std::string>& lines);

  // Writes whole lines, each ended, that stay; what is drawn moves below them.
  void Print(const std::string& text);

  // The terminal itself has put `columns` of text behind the last line: what it
  // shows for a key, "^C".
  void NoteEcho(size_t columns) { echoed_ += columns; }

  // Takes away what is drawn.
  void Clear();

 private:
  std::string Erased();

  Screen* const screen_;
  std::vector<std::string> drawn_;
  size_t echoed_ = 0;  // columns behind the last line
};

}  // namespace localstore::client
