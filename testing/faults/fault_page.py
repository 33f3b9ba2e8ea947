"""The page that fault_preload.cc reads: what is to fail in a running server."""

import mmap
import os
import struct

import device
import sanitizer

# In the order of FaultPage.
FIELDS = ["kinds", "per_million", "skip", "seed", "injected", "sync_delay_us", "clock_jump_ns", "kill_at", "operations"]
WRITE_NO_SPACE, WRITE_ERROR, WRITE_SHORT, SYNC_ERROR, RENAME_ERROR, WRITE_QUOTA = (1 << i for i in range(6))


class FaultPage:
    """Shared with the server that is started with environment()."""

    def __init__(self, name, *roots, log=False):
        self.path = os.path.join(device.SCRATCH, name + ".page")
        self.log_path = os.path.join(device.SCRATCH, name + ".operations")
        self._roots, self._logs = roots, log
        with open(self.path, "wb") as out:
            out.write(bytes(mmap.PAGESIZE))
        with open(self.path, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def environment(self):
        values = {"LD_PRELOAD": os.environ["FAULT_PRELOAD"], "FAULT_PAGE": self.path, "FAULT_ROOTS": ":".join(self._roots)}
        if self._logs:
            values["FAULT_LOG"] = self.log_path
        # Comes before AddressSanitizer's library, and so goes on to what that has in place of libc's.
        values.update(sanitizer.addresses_option("verify_asan_link_order=0"))
        return values

    def get(self, field):
        return struct.unpack_from("q", self._page, 8 * FIELDS.index(field))[0]

    def set(self, **values):
        for field, value in values.items():
            struct.pack_into("q", self._page, 8 * FIELDS.index(field), value)

    def clear(self):
        self.set(**{field: 0 for field in FIELDS if field not in ("operations", "seed")})

    def operations(self):
        """(begun, ended, operation, path, offset, result, more) of each; times are of CLOCK_MONOTONIC, in ns."""
        found = []
        with open(self.log_path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                begun, ended, operation, path, offset, result, more = line.rstrip("\n").split("\t")
                found.append((int(begun), int(ended), operation, path, int(offset), int(result), more))
        return found
