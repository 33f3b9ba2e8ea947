"""What was tried and what came of it: one row a fault, with counts; a table at the end, and test cases for Bazel."""

import json
import os
import sys
import threading
import time
import traceback
import xml.etree.ElementTree as ElementTree


class Row:
    """One kind of fault. Threads may count at the same time."""

    def __init__(self, name):
        self.name = name
        self.runs = 0
        self.failures = []
        self.note = ""
        self.seconds = 0.0
        self._lock = threading.Lock()

    def run(self):
        with self._lock:
            self.runs += 1

    def check(self, passed, what, detail=""):
        if passed:
            return True
        text = "%s: %s" % (what, detail) if detail != "" else what
        with self._lock:
            self.failures.append(text)
        print("FAILED: %s: %s" % (self.name, text), file=sys.stderr, flush=True)
        return False


class Tally:
    """All the rows, in their order."""

    def __init__(self, title):
        self.title = title
        self.rows = []
        self.begun = time.monotonic()

    def measure(self, name, test, *arguments):
        """test(row, *arguments); an exception is a failure, and so is a test that ran nothing."""
        row = Row(name)
        self.rows.append(row)
        begun = time.monotonic()
        try:
            test(row, *arguments)
        except Exception:  # pylint: disable=broad-except
            row.check(False, "runs to its end", traceback.format_exc())
        row.seconds = time.monotonic() - begun
        row.check(row.runs > 0, "was tried at all")
        print("%-52s %5d runs  %d wrong  %5.1f s  %s" % (name, row.runs, len(row.failures), row.seconds, row.note), file=sys.stderr, flush=True)
        return row

    def finish(self, head=()):
        """Prints the table, writes it as JSON and as test cases; the exit code."""
        wrong = sum(len(row.failures) for row in self.rows)
        runs = sum(row.runs for row in self.rows)
        width = max(len(row.name) for row in self.rows)
        print("\n" + self.title)
        for line in head:
            print(line)
        print("%-*s  %6s  %6s  %7s  %s" % (width, "", "runs", "wrong", "seconds", "what was seen"))
        for row in self.rows:
            print("%-*s  %6d  %6d  %7.1f  %s" % (width, row.name, row.runs, len(row.failures), row.seconds, row.note))
        print("%d runs, %d wrong, %.0f s" % (runs, wrong, time.monotonic() - self.begun))
        self._write_json(list(head))
        self._write_cases()
        return 1 if wrong or not runs else 0

    def _write_json(self, head):
        path = os.environ.get("TALLY_JSON")
        if not path:
            return
        rows = [{"name": r.name, "runs": r.runs, "wrong": r.failures, "seconds": round(r.seconds, 1), "note": r.note} for r in self.rows]
        with open(path, "w", encoding="utf-8") as out:
            json.dump({"title": self.title, "head": head, "rows": rows}, out, indent=1)

    def _write_cases(self):
        path = os.environ.get("XML_OUTPUT_FILE")
        if not path:
            return
        suite = ElementTree.Element("testsuite", name=self.title)
        for row in self.rows:
            case = ElementTree.SubElement(suite, "testcase", classname=self.title, name=row.name)
            for failure in row.failures:
                ElementTree.SubElement(case, "failure", message=failure)
        ElementTree.ElementTree(suite).write(path)
