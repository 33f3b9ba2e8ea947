"""What was measured, for people and, in $BENCHMARK_RESULTS/NAME.json, for programs."""

import json
import os


class Table:
    def __init__(self, name):
        self.name = name
        self._rows = []

    def add(self, what, value, unit, spread="", at_most=None, at_least=None):
        """A figure, the spread of what it is the middle of, and what it ought to be."""
        met = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
        target = "" if at_most is None and at_least is None else "≤ %g" % at_most if at_most is not None else "≥ %g" % at_least
        self._rows.append({"what": what, "value": value, "unit": unit, "spread": spread, "target": target, "met": met})

    def finish(self):
        """Prints the table, writes the file; 1 when a target was missed."""
        lines = [["what", "figure", "spread", "target", ""]]
        for row in self._rows:
            figure = ("%d" if float(row["value"]).is_integer() else "%.2f") % row["value"]
            lines.append([row["what"], (figure + " " + row["unit"]).strip(), row["spread"], row["target"], "" if not row["target"] else "met" if row["met"] else "MISSED"])
        widths = [max(map(len, column)) for column in zip(*lines)]
        print("\n" + self.name)
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        folder = os.environ.get("BENCHMARK_RESULTS")
        if folder:
            path = os.path.join(folder, self.name + ".json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"benchmark": self.name, "rows": self._rows}, file, indent=2, ensure_ascii=False)
        return 0 if all(row["met"] for row in self._rows) else 1
