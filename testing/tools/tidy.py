"""clang-tidy for the files named: tidy.py FOLDER_OF_COMPILE_COMMANDS FILE...

A file without findings is not looked at again while its preprocessed text,
.clang-tidy and clang-tidy itself stay the same.
"""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys

CACHE = os.environ.get("LOCALSTORE_TIDY_CACHE") or os.path.expanduser("~/.cache/localstore-clang-tidy")


def read_database(folder):
    with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as text:
        return {entry["file"]: entry for entry in json.load(text)}


def output_of(command, folder="."):
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


def key_of(entry, rules):
    """Of all that decides what clang-tidy has to say; None where that cannot be told."""
    command, given = [], iter(entry["arguments"])
    for argument in given:
        if argument in ("-o", "-MF"):
            next(given)
        elif argument not in ("-c", "-MD"):
            command.append(argument)
    text = output_of([*command, "-E", "-w"], entry["directory"])
    return hashlib.sha256(rules + text).hexdigest() if text else None


def check(path, database, folder, rules):
    """What clang-tidy said; "" when it had no finding."""
    key = key_of(database[path], rules) if path in database else None
    known = os.path.join(CACHE, key) if key else None
    if known and os.path.exists(known):
        return ""
    command = ["clang-tidy", "--quiet", "-p", folder, "--extra-arg=-Wno-unknown-warning-option", path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        return done.stdout.decode(errors="replace") or done.stderr.decode(errors="replace")
    if known:
        with open(known, "w", encoding="utf-8"):
            pass
    return ""


def main():
    folder, paths = sys.argv[1], sys.argv[2:]
    os.makedirs(CACHE, exist_ok=True)
    database = read_database(folder)
    with open(".clang-tidy", "rb") as text:
        rules = text.read() + output_of(["clang-tidy", "--version"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = [said for said in pool.map(lambda path: check(path, database, folder, rules), paths) if said]
    print("\n".join(findings))
    sys.exit(1 if findings else 0)


main()
