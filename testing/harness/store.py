"""The App that has the images: what it serves, what it was asked."""

import hashlib
import os
import random

import device

HOST = "ubuntu-4321-http-server.local"
MIB = 1 << 20


class Request:
    """One line of nginx's access log."""

    def __init__(self, line):
        fields = line.rstrip("\n").split("\t")
        self.server, self.line, self.status, self.body, self.range = fields[2], fields[4], int(fields[5]), int(fields[6]), fields[7]

    @property
    def path(self):
        return self.line.split(" ")[1]

    @property
    def first_byte(self):
        """Of the range asked for; 0 when the whole was."""
        return int(self.range[len("bytes="):].split("-")[0]) if self.range.startswith("bytes=") else 0


class Store:
    """The App's files and log. Images are the same for the same seed."""

    def __init__(self, name="store"):
        self.name = name
        self.root = device.lab("app", "root", name).strip()
        self._log = os.path.join(os.path.dirname(self.root), "access.log")

    def image(self, name, size, seed):
        """Writes it; its SHA-256."""
        digest, source = hashlib.sha256(), random.Random("%s %s" % (name, seed))
        block = source.randbytes(MIB)
        with open(os.path.join(self.root, name), "wb") as out:
            left, number = size, 0
            while left > 0:
                # Every megabyte differs: bytes in a wrong place are found.
                piece = (number.to_bytes(8, "big") + block[8:])[:left]
                out.write(piece)
                digest.update(piece)
                left -= len(piece)
                number += 1
        return digest.hexdigest()

    def delete(self, name):
        os.remove(os.path.join(self.root, name))

    def requests(self, tag):
        """The requests that have ended, for what ends with "?tag": other downloads' may be logged late."""
        with open(self._log, encoding="utf-8", errors="replace") as lines:
            found = [Request(line) for line in lines if line.endswith("\n")]
        return [r for r in found if r.path.endswith("?" + tag)]
