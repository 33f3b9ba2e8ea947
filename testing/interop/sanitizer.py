"""What a sanitizer takes of the machine that the server would not.

Limits on memory and time are of the server as it is delivered. ThreadSanitizer says of itself that it takes 5 to 10 times the
memory and 2 to 20 times the time; AddressSanitizer takes about 3 times the memory and twice the time, and keeps 256 MiB of what
was freed aside. The limits stand here by as much higher, so that what grows without end is found there as well.
"""

import os

# Bazel sets these for tests that are built for a sanitizer, and for no others.
THREADS, ADDRESSES = "TSAN_OPTIONS" in os.environ, "ASAN_OPTIONS" in os.environ
WATCHES = THREADS or ADDRESSES
QUARANTINE_MIB = 256


def mib(limit):
    """As much as `limit` without a sanitizer."""
    if THREADS:
        return 10 * limit
    return 4 * limit + QUARANTINE_MIB if ADDRESSES else limit


def seconds(limit):
    """As long as `limit` without a sanitizer."""
    if THREADS:
        return 5 * limit
    return 2 * limit if ADDRESSES else limit


def addresses_option(option):
    """The variable that gives AddressSanitizer `option`, too; none without it."""
    return {"ASAN_OPTIONS": "%s:%s" % (os.environ["ASAN_OPTIONS"], option)} if ADDRESSES else {}
