// Columns that line up.
#pragma once

#include <string>
#include <vector>

namespace localstore::client {

class Table {
 public:
  explicit Table(std::vector<std::string> header);

  // As many cells as the header has, already safe for a terminal and without
  // colours.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.size() == 1; }

  // Header and rows, one a line, each behind `indent`; nothing for no rows.
  std::string Render(const std::string& indent = "") const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace localstore::client
