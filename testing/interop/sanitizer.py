"""What a sanitizer takes of the machine that the server would not.

Limits on memory and time are of the server as it is delivered. ThreadSanitizer says of itself that it takes 5 to 10 times the
memory and 2 to 20 times the time; AddressSanitizer takes about 3 times the memory and twice the time, and keeps 256 MiB of what
was freed aside. The limits stand here by as much higher, so that what grows without end is found there as well.
"""

import os

# Set for what is built for a sanitizer, and for nothing else (.bazelrc, testing/soak/run.sh).
THREADS, ADDRESSES = "TSAN_OPTIONS" in os.environ, "ASAN_OPTIONS" in os.environ
WATCHES = THREADS or ADDRESSES
QUARANTINE_MIB = 256
SMALL_QUARANTINE_MIB = 8


def mib(limit, quarantine=QUARANTINE_MIB):
    """As much as `limit` without a sanitizer."""
    if THREADS:
        return 10 * limit
    return 4 * limit + quarantine if ADDRESSES else limit


def seconds(limit):
    """As long as `limit` without a sanitizer."""
    if THREADS:
        return 5 * limit
    return 2 * limit if ADDRESSES else limit


def small_quarantine():
    """The variable that has AddressSanitizer hand out again soon what is freed, so that growth shows."""
    return addresses_option("quarantine_size_mb=%d" % SMALL_QUARANTINE_MIB)


def addresses_option(option):
    """The variable that gives AddressSanitizer `option`, too; none without it."""
    return {"ASAN_OPTIONS": "%s:%s" % (os.environ["ASAN_OPTIONS"], option)} if ADDRESSES else {}
