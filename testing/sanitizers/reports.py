#!/usr/bin/python3
"""What sanitizers have written to a log:  reports.py LOG..."""

import re
import sys
from dataclasses import dataclass

BEGIN = re.compile(r"WARNING: ThreadSanitizer|(?:ERROR|FATAL): \w+Sanitizer|\w+Sanitizer: CHECK failed|runtime error:")
ACCESS = re.compile(r"^  (?:Previous )?(?:[Aa]tomic )?(?:[Rr]ead|[Ww]rite) of size")
BLOCK = re.compile(r"^  Location is heap block")
FRAME = re.compile(r"^    #\d+ (.*) (\S+:\d+|<null>) \((\S+)\+0x")
# Templates come with the type that they return.
GRPC = re.compile(r"(void |bool )?grpc::")
# What stands between the access and whose data it is.
HELPERS = ("std::", "__", "operator new", "operator delete", "malloc", "free", "mem", "_M_", "void std::", "bool std::")
INTERCEPTORS = re.compile(r"grpc::.*::RunInterceptors?\(")
INTERCEPTOR_IS_MADE = re.compile(r"grpc::ServerContextBase::set_server_rpc_info\(")
INTERCEPTOR_ENDS = re.compile(r"grpc::ServerContextBase::~ServerContextBase\(")
REACTOR_ENDS = re.compile(r"grpc::Server\w+Reactor(<.*>)?::~")


@dataclass
class Frame:
    function: str
    source: str
    module: str

    def is_helper(self):
        return self.function.startswith(HELPERS) and not self.is_ours()

    def is_in_grpcs_library(self):
        return self.module.startswith(("libgrpc", "libgpr"))

    def is_ours(self):
        """Paths of this workspace are relative, all others are not, or go out of the folder they were built in."""
        return self.function.startswith("localstore::") or not self.source.startswith(("/", "../", "<null>"))


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


def stacks(report, heading):
    """The stack beneath each line that matches; an empty one where ThreadSanitizer has lost it."""
    found, frames = [], None
    for line in report:
        if heading.match(line):
            frames = []
            found.append(frames)
        elif line.startswith("  ") and not line.startswith("    "):
            frames = None
        elif frames is not None and (frame := FRAME.match(line)):
            frames.append(Frame(*frame.groups()))
    return found


def owner(stack):
    """The frame whose data is accessed, if there is one."""
    return next((frame for frame in stack if not frame.is_helper()), None)


def called_by_us(stack):
    """Whether our code, and not gRPC's libraries, has called the inline code of gRPC's that makes the access."""
    for frame in stack:
        if frame.is_ours():
            return True
        if frame.is_in_grpcs_library():
            return False
    return False


def intercepts(stack):
    """Our interceptor, which gRPC has called with its batch: what it calls there is gRPC's, on gRPC's object."""
    ours = [i for i, frame in enumerate(stack) if frame.is_ours()]
    if not ours or not stack[ours[0]].function.startswith("Intercept"):
        return False
    caller = stack[ours[0] + 1 :][:1]
    return bool(caller) and bool(INTERCEPTORS.match(caller[0].function))


def is_grpcs_access(stack):
    """Inline code of gRPC's, to gRPC's object."""
    frame = owner(stack)
    if frame is None or not GRPC.match(frame.function):
        return False
    # We own reactors. Only where gRPC says that it is done with one may it end.
    return not REACTOR_ENDS.match(frame.function) or any("::CallOnDone()" in f.function for f in stack)


def is_look_at_batch(stack):
    """Our interceptor has read which class its batch is of, to call a method of it."""
    return intercepts(stack) and stack[0].is_ours()


def grpcs_memory(report):
    """Whether the memory was allocated by a library of gRPC's itself, for its arena or for a batch."""
    blocks = stacks(report, BLOCK)
    allocators = [frame for frame in blocks[0] if not frame.is_helper()][:1] if blocks else []
    return bool(allocators) and allocators[0].is_in_grpcs_library()


def is_interceptors_life(report, accesses):
    """What gRPC has called our interceptor for, and its beginning or end.

    gRPC makes an interceptor before it calls it first, on one thread, and ends it after the last call, on another, and the order
    of these is gRPC's hand-over, too. Two calls of it are not in order, so that a race of these counts, as does any access that
    does not come from gRPC, or not to the interceptor itself.
    """

    def comes_from(function, stack):
        caller = next((frame for frame in stack if not frame.is_helper() and not frame.is_ours()), None)
        return caller is not None and bool(function.match(caller.function))

    blocks = stacks(report, BLOCK)
    made_here = [frame for frame in blocks[0] if not frame.is_helper()][:2] if blocks else []
    if len(made_here) < 2 or made_here[0].function != "CreateServerInterceptor" or not INTERCEPTOR_IS_MADE.match(made_here[1].function):
        return False
    at_an_end = [comes_from(INTERCEPTOR_IS_MADE, stack) or comes_from(INTERCEPTOR_ENDS, stack) for stack in accesses]
    called = [comes_from(INTERCEPTORS, stack) for stack in accesses]
    return any(at_an_end) and all(end or call for end, call in zip(at_an_end, called))


def is_grpcs_own(report):
    """A race of gRPC with itself: one thread fills in its object, the library hands it over, another thread takes the result.

    The hand-over is by atomics inside Debian's libgrpc, which is not instrumented, so that ThreadSanitizer cannot see it: neither
    that a call's batch has gone to another thread, nor that it was freed and its memory is another call's now. Such a report has

    - one access by inline code of gRPC's to its own object, and
    - another one like it; or one whose stack is lost, or an interceptor's look at the class of its batch, each only in memory
      that gRPC's library has allocated.

    One of an interceptor's life is such a report, too. Any other access to an object of ours makes a report that counts. So does
    one where both accesses are by what our code has called: that is our code making two calls at once of what gRPC wants one after
    the other. What interceptors call is no such thing, because gRPC runs them one after the other.
    """
    if "ThreadSanitizer: data race" not in report[0]:
        return False
    accesses = stacks(report, ACCESS)
    if len(accesses) != 2:
        return False
    if is_interceptors_life(report, accesses):
        return True
    grpcs = [stack for stack in accesses if is_grpcs_access(stack)]
    others = [stack for stack in accesses if not is_grpcs_access(stack)]
    if not grpcs or (others and not grpcs_memory(report)):
        return False
    if any(stack and not is_look_at_batch(stack) for stack in others):
        return False
    return not all(called_by_us(stack) and not intercepts(stack) for stack in accesses)


def sorted_out(log):
    """Reports that count, and how many are gRPC's own."""
    found = reports(log)
    counted = [report for report in found if not is_grpcs_own(report)]
    return counted, len(found) - len(counted)


def main():
    text = []
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8", errors="replace") as log:
            text.append(log.read())
    counted, own = sorted_out("\n".join(text))
    for report in counted:
        print("\n".join(report))
    print("%d reports, and %d of gRPC with itself" % (len(counted), own))
    return 1 if counted else 0


if __name__ == "__main__":
    sys.exit(main())
