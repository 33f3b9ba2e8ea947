"""RPC callers that send nonsense, too much, too many, and go away; and those that do not even speak gRPC."""

import contextlib
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
for folder in ("../interop", "../harness"):
    sys.path.insert(0, os.path.join(HERE, folder))

# pylint: disable=wrong-import-position
import grpc

from api import Api, pb, reason_of
from tally import Row

METHODS = [("Resolve", False), ("Browse", True), ("Download", True), ("Watch", True), ("Status", False), ("Cancel", False), ("Remove", False)]
REQUESTS = {"Resolve": pb.ResolveRequest, "Browse": pb.BrowseRequest, "Download": pb.DownloadRequest, "Watch": pb.WatchRequest, "Status": pb.StatusRequest, "Cancel": pb.CancelRequest, "Remove": pb.RemoveRequest}
# What may be wrong with a request, or too much for the server.
REFUSALS = {"INVALID_REQUEST", "HOST_NOT_LOCAL", "HOST_NOT_FOUND", "NO_BRIDGE", "DOWNLOAD_NOT_FOUND", "DESTINATION_INVALID", "CREDENTIALS_OVER_HTTP", "DOWNLOAD_CONFLICT", "QUEUE_FULL", "TOO_LARGE", "TLS_UNTRUSTED_CHAIN", "NOT_SUPPORTED", "DEADLINE_EXCEEDED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "UNAVAILABLE", "DOWNLOAD_ACTIVE", "TLS_FAILED", "INVALID_ARGUMENT", "TOO_MANY_CALLS"}


def ask(api, method, stream, data, timeout=3.0):
    """The reason of the refusal; "" when there was none."""
    try:
        call = api.raw(method, stream)
        if not stream:
            call(data, timeout=timeout)
            return ""
        answers = call(data, timeout=timeout)
        next(iter(answers), None)
        answers.cancel()
        return ""
    except grpc.RpcError as error:
        return reason_of(error)


def nonsense(rng):
    """Something that might be a message, or nothing of the kind."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(rng.randint(0, 300))
    if kind == 1:  # groups within groups
        return bytes([0x0B]) * rng.randint(1, 5000)
    if kind == 2:  # lengths beyond the end
        return b"\x0a" + b"\xff" * rng.randint(1, 9) + b"\x01abc"
    return b"".join(bytes([rng.randrange(1, 20) << 3 | 2, 4]) + rng.randbytes(4) for _ in range(rng.randint(1, 30)))


STRINGS = ["", ".", "a" * 300, "x.local", "\0", "../../etc/passwd", "/etc/passwd", "http://[", "http://a.local:99999/x", "file:///etc/passwd", "http://user:pw@a.local/", "\u202e.local", "%00", "a" * 60_000 + ".local", "*.local", "-1", "http://a.local/" + "%2e%2e/" * 1000]


def odd_message(rng, method):
    """A message of the right type with values that are not."""
    message = REQUESTS[method]()
    for field in message.DESCRIPTOR.fields:
        if rng.random() < 0.5:
            continue
        repeated = field.label == field.LABEL_REPEATED
        value = None
        if field.type == field.TYPE_STRING:
            value = rng.choice(STRINGS)
        elif field.type in (field.TYPE_INT32, field.TYPE_INT64):
            value = rng.choice([-1, -(2**31), 2**31 - 1, 1])
        elif field.type == field.TYPE_ENUM:
            value = rng.choice([0, 1, 2, 77])
        if value is not None and repeated:
            getattr(message, field.name).extend([value] * rng.choice([1, 3, 500]))
        elif value is not None:
            setattr(message, field.name, value)
        elif field.type == field.TYPE_BOOL:
            setattr(message, field.name, True)
        elif field.message_type is not None and field.message_type.full_name == "google.protobuf.Duration":
            getattr(message, field.name).seconds = rng.choice([-1, -(2**62), 2**62, 0])
            getattr(message, field.name).nanos = rng.choice([-1, 2**31 - 1, 999_999_999])
        elif field.name == "datastores":
            for _ in range(rng.choice([1, 3, 2000])):
                message.datastores.add(name=rng.choice(STRINGS)[:100], fqdn=rng.choice(STRINGS)[:100], ca_certificates_pem=rng.choice(["", "-----BEGIN CERTIFICATE-----", "x"]))
    return message.SerializeToString()[: 1 << 20]


def nonsense_messages(row, address, turns):
    rng = random.Random("nonsense")
    with Api(address) as api:
        for _ in range(turns):
            method, stream = rng.choice(METHODS)
            row.run()
            reason = ask(api, method, stream, nonsense(rng))
            row.check(reason in REFUSALS | {"", "INTERNAL"}, "right reason in the refusal", "%s: %s" % (method, reason))


def odd_messages(row, address, turns):
    rng = random.Random("odd")
    seen = {}
    with Api(address) as api:
        for _ in range(turns):
            method, stream = rng.choice(METHODS)
            row.run()
            reason = ask(api, method, stream, odd_message(rng, method), 0.5)
            seen[reason] = seen.get(reason, 0) + 1
            row.check(reason in REFUSALS | {""}, "right reason in the refusal", "%s: %s" % (method, reason))
    row.note = ", ".join("%s %d" % pair for pair in sorted(seen.items()) if pair[0])


def unknown_methods(row, address, turns):
    with Api(address) as api:
        for number in range(turns):
            row.run()
            for path in ("/localstore.v1.LocalDatastoreService/Nothing%d" % number, "/x", "/" + "y" * 8000, "/localstore.v1.LocalDatastoreService/"):
                try:
                    api.channel.unary_unary(path)(b"", timeout=3)
                    row.check(False, "is refused", path[:80])
                except grpc.RpcError as error:
                    row.check(error.code() in (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN), "right code", error.code())


def huge_messages(row, address, turns):
    with Api(address) as api:
        for _ in range(turns):
            for method, stream in METHODS:
                row.run()
                reason = ask(api, method, stream, b"\x0a" + b"\xff\xff\xff\x07" + bytes(16 << 20), 20)
                row.check(reason in ("RESOURCE_EXHAUSTED", "UNAVAILABLE", "INVALID_REQUEST"), "right reason in the refusal", "%s: %s" % (method, reason))


def call_many(address, make, count, channels, timeout):
    """`count` calls at once over so many connections; reasons and how often each."""
    apis = [Api(address) for _ in range(channels)]
    calls = [make(apis[i % channels], i, timeout) for i in range(count)]
    seen = {}
    for call in calls:
        try:
            if hasattr(call, "result"):
                call.result(timeout=timeout + 60)
            reason = "OK"
        except (grpc.RpcError, grpc.FutureTimeoutError) as error:
            reason = reason_of(error) if isinstance(error, grpc.RpcError) else "no answer"
        seen[reason] = seen.get(reason, 0) + 1
    for api in apis:
        api.channel.close()
    return seen


def note_of(seen):
    return ", ".join("%s %d" % pair for pair in sorted(seen.items()))


def thousands_of_lookups(row, address, turns):
    def make(api, number, timeout):
        return api.raw("Resolve").future(pb.ResolveRequest(host="nobody-%d.local" % number, timeout={"seconds": 1}).SerializeToString(), timeout=timeout)

    for _ in range(turns):
        seen = call_many(address, make, 3000, 10, 30)
        row.run()
        row.check(set(seen) <= REFUSALS | {"OK"} and "no answer" not in seen, "every lookup gets its answer", seen)
        row.note = note_of(seen)


def thousands_of_downloads(row, address, turns):
    """More than may wait, from a host that is not there."""

    def make(api, number, _):
        stream = api.download(rpc_timeout=20, download_id="flood-%d" % number, url="http://nobody.local/%d" % number, sha256="0" * 64)
        return stream

    for _ in range(turns):
        row.run()
        apis = [Api(address) for _ in range(10)]
        streams = [make(apis[i % 10], i, 0) for i in range(3000)]
        seen = {}
        for stream in streams:
            try:
                next(iter(stream))
                reason = "accepted"
            except (grpc.RpcError, StopIteration) as error:
                reason = reason_of(error) if isinstance(error, grpc.RpcError) else "ended"
            seen[reason] = seen.get(reason, 0) + 1
        row.check(set(seen) <= REFUSALS | {"accepted"}, "is accepted or refused with a reason", seen)
        row.note = note_of(seen)
        for stream in streams:
            stream.cancel()
        with Api(address) as api:
            for download in api.status(timeout=60):
                with contextlib.suppress(grpc.RpcError):
                    api.cancel(download.download_id, discard=True)
                    api.remove(download.download_id)
        for api in apis:
            api.channel.close()


# Run by another process, which is then killed.
ABANDON = """
import sys
sys.path[:0] = sys.argv[2:]
from api import Api, pb
apis = [Api(sys.argv[1]) for _ in range(5)]
calls = []
for i in range(600):
    api = apis[i % 5]
    calls.append(api.raw("Watch", True)(b"", timeout=600))
    calls.append(api.raw("Resolve").future(pb.ResolveRequest(host="nobody.local", timeout={"seconds": 600}).SerializeToString(), timeout=600))
    calls.append(api.raw("Browse", True)(b"", timeout=600))
print("ready", flush=True)
sys.stdin.read()
"""


def abandoned_calls(row, address, turns):
    """Streams and lookups whose caller is killed."""
    folders = [os.path.join(HERE, folder) for folder in ("../interop", "../harness")]
    for _ in range(turns):
        row.run()
        caller = subprocess.Popen(["/usr/bin/python3", "-B", "-c", ABANDON, address, *folders], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            row.check(caller.stdout.readline() == b"ready\n", "the caller called")
            time.sleep(1)
        finally:
            caller.kill()
            caller.wait()
            caller.stdin.close()
            caller.stdout.close()


# HTTP/2 by hand.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


SETTINGS = frame(4)


def literal(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


HEADERS = literal(b":method", b"POST") + literal(b":scheme", b"http") + literal(b":path", b"/localstore.v1.LocalDatastoreService/Watch") + literal(b":authority", b"x") + literal(b"te", b"trailers") + literal(b"content-type", b"application/grpc")


def rapid_resets(limit=10_000):
    for stream in range(1, 2 * limit, 2):
        yield frame(1, 4, stream, HEADERS) + frame(3, 0, stream, struct.pack(">I", 8))


def forever(data):
    while True:
        yield data


WIRES = {
    "random bytes": lambda: forever(random.Random(3).randbytes(1000)),
    "an HTTP/1.1 request": lambda: iter([b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"]),
    "half a preface": lambda: iter([PREFACE[:10]]),
    "nothing at all": lambda: iter([]),
    "settings without end": lambda: forever(PREFACE[:0] + SETTINGS * 100),
    "pings without end": lambda: forever(frame(6, 0, 0, bytes(8)) * 100),
    "header blocks without end": lambda: iter([frame(1, 0, 1, HEADERS)] + [frame(9, 0, 1, literal(b"x", b"y" * 100) * 100)] * 2000),
    "a table of headers that grows": lambda: iter([frame(1, 4, 2 * i + 1, HEADERS + b"".join(b"\x40" + bytes([5]) + b"%05d" % (i % 100_000) + bytes([100]) + b"v" * 100 for _ in range(20))) for i in range(3000)]),
    "windows of nothing": lambda: iter([frame(4, 0, 0, struct.pack(">HI", 4, 0))] + [frame(1, 4, 2 * i + 1, HEADERS) + frame(0, 1, 2 * i + 1, bytes(5)) for i in range(2000)]),
    "windows too wide": lambda: forever(frame(8, 0, 0, struct.pack(">I", 0x7FFFFFFF))),
    "frames too long": lambda: iter([frame(0, 0, 1, bytes(1 << 20))]),
    "data for no stream": lambda: forever(frame(0, 0, 99, bytes(1000))),
    "compressed messages": lambda: iter([frame(1, 4, 1, HEADERS + literal(b"grpc-encoding", b"gzip")) + frame(0, 1, 1, b"\x01\x00\x00\x00\x10" + bytes(16))]),
    "a message that never ends": lambda: iter([frame(1, 4, 1, HEADERS) + frame(0, 0, 1, b"\x00\x00\x0f\xff\xff")] + [frame(0, 0, 1, bytes(1000))] * 60),
}


def speak(address, parts, seconds, with_preface):
    """Sends and reads until time is up or the server hangs up; how much was sent."""
    host, port = address.rsplit(":", 1)
    sent, end = 0, time.monotonic() + seconds
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.settimeout(0.2)
        with contextlib.suppress(OSError):
            if with_preface:
                connection.sendall(PREFACE + SETTINGS)
            for part in parts:
                if time.monotonic() > end:
                    break
                connection.sendall(part)
                sent += len(part)
        with contextlib.suppress(OSError):
            while time.monotonic() < end and connection.recv(65536):
                pass
    return sent


def broken_connections(row, address, seconds):
    plain = {"random bytes", "an HTTP/1.1 request", "half a preface", "nothing at all"}
    lock = threading.Lock()
    sizes = {}

    def run(name):
        with contextlib.suppress(OSError):
            sent = speak(address, WIRES[name](), seconds, name not in plain)
            with lock:
                sizes[name] = sent
        row.run()

    threads = [threading.Thread(target=run, args=(name,)) for name in WIRES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row.check(len(sizes) == len(WIRES), "each got a connection", sorted(set(WIRES) - set(sizes)))
    row.note = "%d ways, %.1f MiB sent" % (len(WIRES), sum(sizes.values()) / (1 << 20))


def resets_of_streams(row, address, turns):
    """Streams that are reset as soon as they are opened (CVE-2023-44487)."""
    sent = 0
    for _ in range(turns):
        row.run()
        sent += speak(address, rapid_resets(), 5, True)
    row.note = "%.1f MiB sent" % (sent / (1 << 20))


def idle_connections(row, address, seconds):
    host, port = address.rsplit(":", 1)
    held = []
    for number in range(400):
        row.run()
        with contextlib.suppress(OSError):
            held.append(socket.create_connection((host, int(port)), 5))
            if number % 2:
                held[-1].sendall(PREFACE + SETTINGS)
    time.sleep(seconds)
    row.note = "%d held" % len(held)
    for connection in held:
        connection.close()


CASES = [
    ("messages of nonsense", nonsense_messages, 2000, 300),
    ("messages with odd values", odd_messages, 2000, 200),
    ("methods that do not exist", unknown_methods, 50, 5),
    ("messages of 16 MiB", huge_messages, 5, 1),
    ("3,000 lookups at once", thousands_of_lookups, 3, 1),
    ("3,000 downloads at once", thousands_of_downloads, 2, 1),
    ("1,800 calls whose caller is killed", abandoned_calls, 5, 1),
    ("connections that speak no gRPC", broken_connections, 10, 2),
    ("streams reset at once, 10,000 at a time", resets_of_streams, 5, 1),
    ("400 connections that do nothing", idle_connections, 10, 1),
]


def main():
    """callers.py ADDRESS CASE TURNS, in JSON what came of it."""
    address, number, turns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    name, attack, _, _ = CASES[number]
    row = Row(name)
    attack(row, address, turns)
    print(json.dumps({"runs": row.runs, "failures": row.failures, "note": row.note}))


if __name__ == "__main__":
    main()
