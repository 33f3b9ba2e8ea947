"""clang-tidy for the files named: tidy.py FOLDER_OF_COMPILE_COMMANDS EXECUTION_ROOT FILE...

A file without findings is not looked at again while it, all that it includes,
its compiler flags, .clang-tidy, clang-tidy itself and its plugin stay the
same: for each such file a stamp in $LOCALSTORE_TIDY_CACHE holds the digests of
what it includes. Generated files lie in the execution root, whose place a
stamp does not hold, so that all checkouts share the stamps. The plugin is
built into the same folder. $LOCALSTORE_TIDY_JOBS (one for each processor) run
side by side. After $LOCALSTORE_TIDY_SECONDS, when that is set, no other file
is begun; the last line says how many were left out.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import subprocess
import sys
import time

CACHE = os.environ.get("LOCALSTORE_TIDY_CACHE") or os.path.expanduser("~/.cache/localstore-clang-tidy")
PLUGIN = "testing/tools/tidy_scope.cc"
JOBS = int(os.environ.get("LOCALSTORE_TIDY_JOBS") or os.cpu_count())
SECONDS = float(os.environ.get("LOCALSTORE_TIDY_SECONDS") or "inf")


def output_of(*command, folder="."):
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


@functools.lru_cache(maxsize=None)
def digest_of(path):
    """"" for what is not there."""
    try:
        with open(path, "rb") as content:
            return hashlib.sha256(content.read()).hexdigest()
    except OSError:
        return ""


class Tidy:
    """What has to be known of every file."""

    def __init__(self, folder, root):
        self.left_out = 0
        self._end = time.monotonic() + SECONDS
        self._folder, self._root = folder, root
        with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as text:
            self._commands = {entry["file"]: entry for entry in json.load(text)}
        version = output_of("clang-tidy", "--version").decode()
        self._plugin = self._built_plugin(version)
        self._rules = digest_of(".clang-tidy") + version + digest_of(self._plugin)

    def check(self, path):
        """What clang-tidy said; "" when it had no finding, "no command" is one."""
        if path not in self._commands:
            return "%s: no target of Bazel's compiles it" % path
        stamp = os.path.join(CACHE, self._name_of_stamp(path))
        if self._is_unchanged(stamp):
            return ""
        if time.monotonic() > self._end:
            self.left_out += 1
            return ""
        # Before clang-tidy reads them: what changes meanwhile is seen the next time.
        included = self._included(path)
        command = ["clang-tidy", "--quiet", "--load=" + self._plugin, "--checks=localstore-scope"]
        command += ["-p", self._folder, "--extra-arg=-Wno-unknown-warning-option", path]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            return done.stdout.decode(errors="replace") or done.stderr.decode(errors="replace")
        if included:
            with open(stamp + ".new", "w", encoding="utf-8") as out:
                json.dump(included, out)
            os.replace(stamp + ".new", stamp)
        return ""

    def _built_plugin(self, version):
        """The library, which is kept for as long as its source and clang-tidy stay the same."""
        name = hashlib.sha256((digest_of(PLUGIN) + version).encode()).hexdigest()
        library = os.path.join(CACHE, name + ".so")
        if not os.path.exists(library):
            command = [argument for argument in self._commands[PLUGIN]["arguments"] if argument != "-c"]
            made = "%s.%d" % (library, os.getpid())
            subprocess.run(command + ["-shared", "-o", made], check=True)
            os.replace(made, library)
        return library

    def _place(self, text):
        return text.replace(self._root, "@root")

    def _name_of_stamp(self, path):
        arguments = self._place("\n".join(self._commands[path]["arguments"]))
        return hashlib.sha256("\n".join((self._rules, path, arguments)).encode()).hexdigest()

    def _is_unchanged(self, stamp):
        try:
            with open(stamp, encoding="utf-8") as text:
                known = json.load(text)
        except (OSError, ValueError):
            return False
        return all(digest_of(path.replace("@root", self._root)) == digest for path, digest in known.items())

    def _included(self, path):
        """{file: digest} of the file and all that it includes, as the compiler finds them."""
        entry, command = self._commands[path], []
        given = iter(entry["arguments"])
        for argument in given:
            if argument in ("-o", "-MF"):
                next(given)
            elif argument not in ("-c", "-MD"):
                command.append(argument)
        rule = output_of(*command, "-M", "-w", folder=entry["directory"]).decode()
        files = rule.replace("\\\n", " ").split()[1:]
        return {self._place(file): digest_of(file) for file in files}


def main():
    os.makedirs(CACHE, exist_ok=True)
    tidy = Tidy(sys.argv[1], sys.argv[2])
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        findings = [said for said in pool.map(tidy.check, sys.argv[3:]) if said]
    print("\n".join(findings))
    if tidy.left_out:
        print("left out: %d of %d files, for time was up" % (tidy.left_out, len(sys.argv) - 3))
    sys.exit(1 if findings else 0)


main()
