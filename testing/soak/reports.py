"""What sanitizers have written to a log:  reports.py LOG"""

import re
import sys

BEGIN = re.compile(r"WARNING: ThreadSanitizer|ERROR: \w+Sanitizer|runtime error:")
ACCESS = re.compile(r"^  (?:Previous )?(?:atomic )?(?:Read|Write|read|write) of size")
FRAME = re.compile(r"^    #\d+ (.*) (?:\S+:\d+|<null>) \(")
# Templates come with the type that they return.
GRPC = re.compile(r"(void |bool )?grpc::")
# What stands between the access and whose data it is.
HELPERS = ("std::", "__", "operator new", "operator delete", "malloc", "free", "mem", "_M_", "void std::", "bool std::")


def reports(log):
    """Each report, as lines."""
    found, lines = [], []
    for line in log.splitlines():
        if BEGIN.search(line):
            lines = [line]
            found.append(lines)
        elif found and not line.startswith("=====") and lines[-1][:8] != "SUMMARY:":
            lines.append(line)
    return found


def owners(report):
    """The function whose data is accessed, of each of the two accesses; "" where its stack is lost."""
    found, looking = [], False
    for line in report:
        if ACCESS.match(line):
            looking = True
        if looking and "failed to restore the stack" in line:
            found.append("")
            looking = False
        frame = FRAME.match(line)
        if looking and frame and not frame.group(1).startswith(HELPERS):
            found.append(frame.group(1))
            looking = False
    return found


def is_grpcs_own(report):
    """A race of gRPC with itself: one thread fills in its call object, the library hands it over, another thread takes the result.

    The hand-over is by atomics inside Debian's libgrpc, which is not instrumented, so that ThreadSanitizer cannot see it. Both
    accesses are by gRPC's own inline code, to its own object, or one is and the other's stack is lost, and the memory is gRPC's.
    One to anything of ours is a report that counts.
    """
    functions = owners(report)
    known = [function for function in functions if function]
    in_arena = any("gpr_malloc" in line for line in report)
    return (
        "ThreadSanitizer: data race" in report[0]
        and len(functions) == 2
        and bool(known)
        and all(GRPC.match(function) for function in known)
        and (len(known) == 2 or in_arena)
    )


def sorted_out(log):
    """Reports that count, and how many are gRPC's own."""
    found = reports(log)
    counted = [report for report in found if not is_grpcs_own(report)]
    return counted, len(found) - len(counted)


def main():
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        counted, own = sorted_out(log.read())
    for report in counted:
        print("\n".join(report))
    print("%d reports, and %d of gRPC with itself" % (len(counted), own))
    return 1 if counted else 0


if __name__ == "__main__":
    sys.exit(main())
