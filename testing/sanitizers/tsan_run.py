#!/usr/bin/python3
"""tsan_run.py TEST ARG...: runs a test, and has it fail for each report of ThreadSanitizer that counts.

Bazel runs each test with it under --config=tsan. A process would end with 66 for any report, gRPC's with itself among them, which
cannot be mended here (see reports.py). A suppression would not do: it is for one function at the top of either stack, std::function
among them, and so takes races of ours along. Here each process, the test and whatever it starts, writes its reports to a file of its
own instead, and all of them are sorted when the test has ended. A process without this environment ends with 66 as ever.
"""

import glob
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import reports

COUNTED = 66  # ThreadSanitizer's own


def main():
    with tempfile.TemporaryDirectory(prefix="tsan", dir=os.environ.get("TEST_TMPDIR")) as folder:
        # Tests start processes as other users.
        os.chmod(folder, 0o1777)
        options = [os.environ.get("TSAN_OPTIONS", ""), "exitcode=0:log_exe_name=1:log_path=%s/report" % folder]
        with subprocess.Popen(sys.argv[1:], env={**os.environ, "TSAN_OPTIONS": ":".join(filter(None, options))}) as test:
            # Bazel ends a test by SIGTERM when it has taken too long.
            signal.signal(signal.SIGTERM, lambda *_: test.terminate())
            code = test.wait()
        counted, own = [], 0
        for name in glob.glob(folder + "/report*"):
            with open(name, encoding="utf-8", errors="replace") as file:
                text = file.read()
            more, more_own = reports.sorted_out(text)
            counted += more
            own += more_own
            # Not known, but to be looked at.
            if text and not more and not more_own:
                counted.append(text.splitlines())
    for report in counted:
        print("\n".join(report))
    if counted or own:
        print("ThreadSanitizer: %d reports, and %d of gRPC with itself" % (len(counted), own), flush=True)
    if code < 0:
        return 128 - code  # as a shell says that a signal has ended it
    return code or (COUNTED if counted else 0)


if __name__ == "__main__":
    sys.exit(main())
