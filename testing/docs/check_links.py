#!/usr/bin/python3
"""Sees that every relative link in the repository's pages leads to a file or folder of it, and every
anchor to a heading.  check_links.py [FOLDER]; exit code 1 and one line a finding if not."""

import os
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def without_code(text):
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path):
    """What headings become: lower case, words joined by dashes."""
    with open(path, encoding="utf-8") as file:
        titles = re.findall(r"^#+ (.*)$", file.read(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def findings(page, known):
    with open(page, encoding="utf-8") as file:
        links = LINK.findall(without_code(file.read()))
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(page), target)) if target else page
        if path not in known:
            yield "%s: no such file: %s" % (page, link)
        elif anchor and anchor not in anchors(path):
            yield "%s: no such heading: %s" % (page, link)


def main(arguments):
    os.chdir(arguments[0] if arguments else ".")
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], stdout=subprocess.PIPE, check=True)
    known = set(filter(os.path.exists, listed.stdout.decode().splitlines()))
    pages = sorted(path for path in known if path.endswith(".md"))
    for path in list(known):
        while os.path.dirname(path):
            path = os.path.dirname(path)
            known.add(path)
    found = [finding for page in pages for finding in findings(page, known)]
    print("\n".join(found) if found else "%d pages, every link leads somewhere" % len(pages))
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
