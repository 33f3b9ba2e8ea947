#!/usr/bin/python3
"""A web server that does to each request what a script says: scripted_web.py PORT IMAGE SCRIPT.py...

It runs in an App. The first part of the path names the script, a function that
is marked with @script; a script has a Visit. The last part tells requests
apart, and is the end of the image: no two have the same.
"""

import contextlib
import importlib.util
import os
import socket
import socketserver
import struct
import sys
import threading
import time

SCRIPTS = {}
MODIFIED = "Mon, 02 Nov 2026 10:00:00 GMT"


def script(function):
    SCRIPTS[function.__name__] = function
    return function


def image_for(base, name):
    return base + name.encode()


class Visit:
    """One request on one connection. `count` is how many there were to the same path, this one included."""

    def __init__(self, connection, head, image, count):
        self.connection, self.image, self.count = connection, image, count
        lines = head.decode("latin-1").split("\r\n")
        self.target = lines[0].split(" ")[1]
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.strip().lower()] = value.strip()

    @property
    def asked_from(self):
        """The first byte of the range asked for; None when the whole was."""
        value = self.fields.get("range", "")
        return int(value[len("bytes="):].split("-")[0]) if value.startswith("bytes=") else None

    def send(self, data):
        self.connection.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def head(self, status, *fields, version="HTTP/1.1"):
        self.send("%s %s\r\n" % (version, status) + "".join(field + "\r\n" for field in fields) + "\r\n")

    def answer(self, body, status="200 OK", length=None, *fields):
        self.head(status, "Content-Length: %d" % (len(body) if length is None else length), *fields)
        self.send(body)

    def whole(self, body=None, etag='"one"', length=None):
        self.answer(self.image if body is None else body, "200 OK", length, "ETag: " + etag, "Last-Modified: " + MODIFIED, "Accept-Ranges: bytes")

    def part(self, first, body=None, content_range=None, etag='"one"', length=None):
        size = len(self.image)
        body = self.image[first:] if body is None else body
        content_range = "bytes %d-%d/%d" % (first, size - 1, size) if content_range is None else content_range
        fields = ["ETag: " + etag, "Last-Modified: " + MODIFIED] + (["Content-Range: " + content_range] if content_range else [])
        self.answer(body, "206 Partial Content", length, *fields)

    def honest(self, etag='"one"'):
        """What a web server does that has nothing to hide."""
        first = self.asked_from
        condition = self.fields.get("if-range")
        if first is None or (condition is not None and condition not in (etag, MODIFIED)):
            self.whole(etag=etag)
        elif first >= len(self.image):
            self.answer(b"", "416 Range Not Satisfiable", None, "Content-Range: bytes */%d" % len(self.image))
        else:
            self.part(first, etag=etag)

    def half(self, etag='"one"', body=None):
        """Begins with the whole image, and breaks off."""
        body = self.image if body is None else body
        self.whole(body[: len(body) // 2], etag, len(body))
        self.hang_up()

    def hang_up(self):
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def drip(self, data, size, pause, seconds):
        """`data` in pieces of `size`, with a pause after each, for so long at most."""
        end = time.monotonic() + seconds
        for begin in range(0, len(data), size):
            if time.monotonic() > end:
                return
            self.send(data[begin : begin + size])
            time.sleep(pause)


class Handler(socketserver.BaseRequestHandler):
    counts = {}
    lock = threading.Lock()
    image = b""

    def handle(self):
        self.request.settimeout(60)
        with contextlib.suppress(OSError, ValueError, IndexError):
            while True:
                head = self.read_head()
                if head is None:
                    return
                self.visit(head)

    def read_head(self):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.request.recv(65536)
            if not piece or len(data) > 1 << 20:
                return None
            data += piece
        return data.split(b"\r\n\r\n", 1)[0]

    def visit(self, head):
        target = head.decode("latin-1").split(" ")[1]
        with self.lock:
            count = self.counts[target] = self.counts.get(target, 0) + 1
        visit = Visit(self.request, head, image_for(self.image, target.split("?")[0].rsplit("/", 1)[-1]), count)
        print("%s %s %s" % (target, count, visit.fields.get("range", "-")), flush=True)
        name = target.split("?")[0].split("/")[1]
        SCRIPTS.get(name, Visit.honest)(visit)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    port, image = int(sys.argv[1]), sys.argv[2]
    sys.modules["scripted_web"] = sys.modules["__main__"]
    for path in sys.argv[3:]:
        spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    with open(image, "rb") as file:
        Handler.image = file.read()
    with Server(("0.0.0.0", port), Handler) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
