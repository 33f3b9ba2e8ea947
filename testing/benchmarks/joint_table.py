"""One table of all that was measured, as Markdown: joint_table.py FOLDER reads FOLDER/*_benchmark.json."""

import glob
import json
import os
import sys


def main():
    print("| What | Figure | Spread | Wanted |\n|---|---|---|---|")
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*_benchmark.json"))):
        with open(path, encoding="utf-8") as text:
            for row in json.load(text)["rows"]:
                figure = ("%d" if float(row["value"]).is_integer() else "%.2f") % row["value"]
                wanted = row["target"] + ("" if row["met"] else " (missed)")
                print("| %s | %s | %s | %s |" % (row["what"], (figure + " " + row["unit"]).strip(), row["spread"], wanted))


main()
