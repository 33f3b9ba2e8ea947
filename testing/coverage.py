"""Which lines the tests reach: coverage.py FOLDER_OF_GCDA EXECUTION_ROOT FOLDER... ; called by run.sh --coverage.

Prints, for each folder below those named, how many of its lines were run, and
for each file what is left. Tests and what only tests use do not count. Exit
code 1 when a folder named has less than 90 %.
"""

import collections
import gzip
import json
import os
import subprocess
import sys

LEAST = 0.9


def is_product(path, folders):
    return path.startswith(tuple(folder + "/" for folder in folders)) and path.endswith((".cc", ".h")) and not path.endswith(("_test.cc", "_benchmark.cc")) and "/testing/" not in path and "fake_" not in path and "test_" not in os.path.basename(path) and "hostile_messages" not in path


def gcov(data, notes):
    """The JSON that gcov makes of one object's counters."""
    os.makedirs(os.path.dirname(data), exist_ok=True)
    link = data[: -len(".gcda")] + ".gcno"
    if not os.path.exists(link):
        os.symlink(notes, link)
    done = subprocess.run(["gcov", "--json-format", "--stdout", data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    text = gzip.decompress(done.stdout) if done.stdout[:2] == b"\x1f\x8b" else done.stdout
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def read(folder, root, folders):
    """{file: {line: how often}}; a line counts as run when any test ran it."""
    lines = collections.defaultdict(dict)
    for here, _, names in os.walk(folder):
        for name in names:
            if not name.endswith(".gcda"):
                continue
            data = os.path.join(here, name)
            notes = "/" + os.path.relpath(data, folder)[: -len(".gcda")] + ".gcno"
            if not os.path.exists(notes):
                continue
            for report in gcov(data, notes):
                for file in report["files"]:
                    path = file["file"]
                    path = os.path.relpath(path, root) if path.startswith(root) else path
                    if not is_product(path, folders):
                        continue
                    for line in file["lines"]:
                        number, count = line["line_number"], line["count"]
                        lines[path][number] = max(count, lines[path].get(number, 0))
    return lines


def ranges(numbers):
    """1, 2, 3, 7 -> "1-3, 7"."""
    parts = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join("%d" % a if a == b else "%d-%d" % (a, b) for a, b in parts)


def main():
    lines = read(sys.argv[1], sys.argv[2], sys.argv[3:])
    short = []
    folders = collections.defaultdict(lambda: [0, 0])
    for path, counts in sorted(lines.items()):
        ran = sum(1 for count in counts.values() if count)
        parts = path.split("/")
        for depth in range(1, len(parts)):
            total = folders["/".join(parts[:depth])]
            total[0], total[1] = total[0] + ran, total[1] + len(counts)
    print("%-40s %8s %8s %7s" % ("folder", "lines", "run", "%"))
    for folder, (ran, all_lines) in sorted(folders.items()):
        print("%-40s %8d %8d %6.1f%%" % (folder, all_lines, ran, 100 * ran / all_lines))
        if folder in sys.argv[3:] and ran < LEAST * all_lines:
            short.append(folder)
    print("\nWhat is left:")
    for path, counts in sorted(lines.items()):
        left = [number for number, count in counts.items() if not count]
        if left:
            print("  %s: %s" % (path, ranges(left)))
    missing = [folder for folder in sys.argv[3:] if folder not in folders]
    if short or missing:
        sys.exit("less than %d %% or nothing seen: %s" % (100 * LEAST, ", ".join(short + missing)))


main()
