"""What was checked, as a table for people and as test cases for Bazel."""

import os
import sys
import threading
import traceback
import xml.etree.ElementTree as ElementTree


class Report:
    """Rows of checks. Threads may record at the same time."""

    def __init__(self, title):
        self.title = title
        self._checks = []  # (row, column, passed, cell, detail)
        self._lock = threading.Lock()

    def record(self, row, column, passed, cell="ok", detail=""):
        """One check: `cell` is what a table shows when it passed."""
        with self._lock:
            self._checks.append((row, column, bool(passed), cell, str(detail)))
        if not passed:
            print("FAILED: %s: %s: %s" % (row, column, detail), file=sys.stderr, flush=True)

    def run(self, row, test, *arguments):
        """test(*arguments, check), where check(column, passed, detail) records; an exception is a failure."""
        try:
            test(*arguments, lambda column, passed, detail="": self.record(row, column, passed, detail=detail))
        except Exception:  # pylint: disable=broad-except
            self.record(row, "runs to its end", False, detail=traceback.format_exc())

    def table(self, rows, columns):
        """Prints rows by columns. What was not recorded has failed, and is recorded so."""
        cells = {(row, column): cell if passed else "FAILED" for row, column, passed, cell, _ in self._checks}
        lines = [["", *columns]]
        for row in rows:
            for column in columns:
                if (row, column) not in cells:
                    self.record(row, column, False, detail="not reached")
            lines.append([row, *(cells.get((row, column), "not reached") for column in columns)])
        widths = [max(map(len, column)) for column in zip(*lines)]
        print("\n" + self.title)
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        sys.stdout.flush()

    def finish(self):
        """Writes the test cases; the exit code of the test."""
        suite = ElementTree.Element("testsuite", name=self.title)
        failures = 0
        for row, column, passed, _, detail in self._checks:
            case = ElementTree.SubElement(suite, "testcase", classname=row, name=column)
            if not passed:
                failures += 1
                ElementTree.SubElement(case, "failure", message=detail)
        print("%s: %d checks, %d failed" % (self.title, len(self._checks), failures))
        path = os.environ.get("XML_OUTPUT_FILE")
        if path:
            ElementTree.ElementTree(suite).write(path)
        return 0 if self._checks and not failures else 1
