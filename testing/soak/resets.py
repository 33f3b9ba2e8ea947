"""Streams that are reset as soon as they are opened (CVE-2023-44487), over many connections at once: what that takes is bounded,
given back, and whoever does it is disconnected while others are served.

Runs on the device of a lab (testing/harness/run_in_lab.sh):  resets.py [--connections=N] [--streams=N]
"""

import argparse
import os
import select
import socket
import struct
import sys
import threading
import time

import grpc

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, "../interop"), os.path.join(HERE, "../harness")]

# pylint: disable=wrong-import-position
import device
import sanitizer
from api import Api
from service import Service

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SECONDS = 8
ROUNDS = 3
# Beyond what it takes at rest: at most, on a machine that is busy with other things, and when it is over. Without a guard
# it is 1,434 and 876.
MOST_MIB, KEPT_MIB = sanitizer.mib(768), 64


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def resets(path, streams):
    fields = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", b"x"), (b"te", b"trailers"), (b"content-type", b"application/grpc"))
    headers = b"".join(literal(*field) for field in fields)
    opened = (frame(1, 4, stream, headers) + frame(3, 0, stream, struct.pack(">I", 8)) for stream in range(1, 2 * streams, 2))
    return PREFACE + frame(4) + b"".join(opened)


def send(address, data, refused):
    """Sends while the server takes it, and waits for the server to hang up."""
    host, port = address.rsplit(":", 1)
    end, sent = time.monotonic() + SECONDS, 0
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.setblocking(False)
        while time.monotonic() < end:
            readable, writable, _ = select.select([connection], [connection] if sent < len(data) else [], [], 1)
            try:
                if readable and not connection.recv(65536):
                    raise ConnectionResetError
                if writable:
                    sent += connection.send(data[sent : sent + 65536])
            except ConnectionError:
                refused.append(address)
                return


def flood(address, data, connections):
    refused = []
    threads = [threading.Thread(target=send, args=(address, data, refused)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(refused)


def await_admission(address):
    """Whoever was disconnected is let in again after a while."""
    with Api(address) as api:
        grpc.channel_ready_future(api.channel).result(timeout=sanitizer.seconds(30))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--streams", type=int, default=10_000)
    arguments = parser.parse_args()
    failures = []
    local = "unix:/run/resets.sock"
    with Service("resets", "--listen=127.0.0.1:0,%s" % local, "--health_listen=127.0.0.1:0", "--log_level=info") as service:
        health = service.log_text().split("listening for health checks address=")[1].split()[0]
        before = service.memory_kib() / 1024
        targets = {"Watch": (service.address, b"/localstore.v1.LocalDatastoreService/Watch"), "health": (health, b"/grpc.health.v1.Health/Check")}
        for name, (address, path) in targets.items():
            data = resets(path, arguments.streams)
            for number in range(ROUNDS):
                await_admission(address)
                refused = flood(address, data, arguments.connections)
                most = service.memory_kib("VmHWM:") / 1024 - before
                print("%s, round %d: %d MiB more at most, %d of %d connections ended" % (name, number, most, refused, arguments.connections), flush=True)
                if refused < arguments.connections:
                    failures.append("%s: %d were not disconnected" % (name, arguments.connections - refused))
            # Others, here at the socket, are served meanwhile.
            with Api(local) as api:
                api.status(timeout=20)
        if most > MOST_MIB:
            failures.append("it took %d MiB more" % most)
        # malloc gives back what it is told to; the allocators of sanitizers have no such thing.
        if not sanitizer.WATCHES:
            kept = lambda: service.memory_kib() / 1024 - before  # noqa: E731
            device.wait_until(lambda: kept() < KEPT_MIB, 30, 0.5)
            print("kept when it is over: %d MiB" % kept())
            if kept() >= KEPT_MIB:
                failures.append("%d MiB were kept" % kept())
        try:
            await_admission(service.address)
            with Api(service.address) as api:
                api.status(timeout=20)
        except (grpc.RpcError, grpc.FutureTimeoutError) as error:
            failures.append("the address is not served again: %s" % error)
        if "it is disconnected" not in service.log_text():
            failures.append("the log does not tell")
        print("ended with %d" % service.terminate())
    for failure in failures:
        print("FAILED: " + failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
