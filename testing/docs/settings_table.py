#!/usr/bin/python3
"""The table of settings in server/config/README.md, made from the comments of config.proto.

  settings_table.py PROTO PAGE            fails, saying how, if the page has not the table of the proto
  settings_table.py --write PROTO PAGE    puts it there
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../deploy/settings"))

import settings  # pylint: disable=wrong-import-position

BEGIN, END = "<!-- settings -->\n", "<!-- end of settings -->\n"


def row(name, comment):
    live = re.match(r"Live\b[.,] ?", comment)
    comment = comment[live.end():] if live else comment
    file_only = re.match(r"[Ff]ile only\. ?", comment)
    comment = comment[file_only.end():] if file_only else comment
    default = re.search(r" ?Default: (.*)\.$", comment)
    text = comment[: default.start()] if default else comment
    notes = "*live*" if live else ""
    if file_only:
        notes = (notes + ", file only").lstrip(", ")
    cells = ["`%s`" % name, text.strip(), default.group(1) if default else "none", notes]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(proto_path):
    lines = ["| Setting | What it does | Default | |", "|---|---|---|---|"]
    lines += [row(setting.name, setting.comment) for setting in settings.read_settings(proto_path)]
    return "\n".join(lines) + "\n"


def main(arguments):
    write = arguments[0] == "--write"
    proto_path, page_path = arguments[-2:]
    wanted = table(proto_path)
    with open(page_path, encoding="utf-8") as file:
        page = file.read()
    before, _, rest = page.partition(BEGIN)
    got, _, after = rest.partition(END)
    if got == wanted:
        return 0
    if write:
        with open(page_path, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + wanted + END + after)
        return 0
    return "%s is not up to date with %s; run\n  testing/docs/settings_table.py --write %s %s" % (
        page_path, proto_path, proto_path, page_path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
