"""Many downloads, cancels, disconnects and removes while the App moves: nothing grows, nothing is lost, nothing is wrong.

Runs on the device of a lab (testing/harness/run_in_lab.sh):  soak.py [--seconds=N] [--seed=N]
"""

import argparse
import concurrent.futures
import contextlib
import hashlib
import os
import random
import sys
import threading
import time

import grpc
from google.protobuf.duration_pb2 import Duration

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../interop"), os.path.join(HERE, "../harness"), os.path.join(HERE, "../sanitizers")]

# pylint: disable=wrong-import-position
import device
import reports
import sanitizer
from api import ENDED, pb, reason_of
from calls import CALL_SECONDS, Calls, state_of
from service import Service

HOST = "ubuntu-4321-http-server.local"
ADDRESSES = ("10.1.0.5", "10.1.0.79")
WORKERS = 6
DOWNLOADS_A_MINUTE = 50
IMAGES = [(64 << 10), (700 << 10), (3 << 20) + 17, (8 << 20)]
SLOW_IMAGE_BYTES = 12 << 20  # 1.5 s at the 8 MiB/s of /slow/
REMEMBERED = 40
# While the App moves a download may end with one of these, and is asked for again.
PASSING = ("CONNECT_FAILED", "HOST_NOT_FOUND", "STALLED", "HTTP_PROTOCOL", "NO_USABLE_ADDRESS")
TRIES = 5
# What malloc, or a sanitizer's small quarantine, keeps is no leak.
GROWTH_KIB = 24 * 1024
GROWTH_FILES = 8


class Wrong(Exception):
    """Something was not as it must be."""


def expect(condition, *what):
    if not condition:
        raise Wrong(" ".join(map(str, what)))


def duration(seconds):
    return Duration(seconds=int(seconds), nanos=round(seconds % 1 * 1e9))


class Images:
    """What the App serves."""

    def __init__(self):
        self._files = {}
        for i, size in enumerate(IMAGES):
            self._add("soak/image-%d" % i, size)
        self._add("soak/slow", SLOW_IMAGE_BYTES)

    def _add(self, path, size):
        self._files[path] = device.lab("app", "file", "store", path, str(size)).strip()

    def pick(self, rng):
        path = rng.choice([p for p in self._files if not p.endswith("slow")])
        return "http://%s/%s" % (HOST, path), self._files[path]

    def slow(self):
        return "http://%s/slow/soak/slow" % HOST, self._files["soak/slow"]


class Soak:
    def __init__(self, server, seconds, seed):
        self.server, self.seed = server, seed
        self.images = Images()
        self.end = time.monotonic() + seconds
        self.downloads = max(int(DOWNLOADS_A_MINUTE * seconds / 60), 3 * WORKERS)
        self.counts, self._lock, self._next = {}, threading.Lock(), 0
        self.stopping = threading.Event()

    def count(self, what):
        with self._lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def new_id(self):
        with self._lock:
            self._next += 1
            return "soak-%d" % self._next

    # What a worker does, once each.

    def whole(self, api, rng):
        """Downloads an image, checks the file, and removes it."""
        url, digest = self.images.pick(rng)
        name = self.new_id()
        self.finish(api, name, url, digest)
        self.check_file(name, digest)
        self.remove(api, name)

    def twins(self, api, rng):
        """The same image twice at once, to two destinations."""
        url, digest = self.images.slow() if rng.random() < 0.5 else self.images.pick(rng)
        names = [self.new_id(), self.new_id()]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: self.finish(api, name, url, digest), names))
        for name in names:
            self.check_file(name, digest)
            self.remove(api, name)

    def cancelled(self, api, rng):
        """Cancels a download in the middle, perhaps twice at once, and goes on with it or not."""
        url, digest = self.images.slow()
        name = self.new_id()
        stream = api.download(download_id=name, url=url, sha256=digest, destination=name, progress_interval=duration(0.05))
        wanted = rng.choice([0, 1, 1 << 20])
        for message in stream:
            if message.download.received_bytes >= wanted:
                break
        discard = rng.random() < 0.5
        state = state_of(api.cancel(name, discard, timeout=CALL_SECONDS).download)
        expect(state in ("CANCELLED", "COMPLETED"), "after Cancel:", state)
        expect(state_of(api.cancel(name, discard, timeout=CALL_SECONDS).download) == state, "Cancel is not idempotent")
        ended = self.outcome(api, stream)
        expect(ended in ("OK", "CANCELLED"), "a cancelled stream ended with", ended)
        if discard and state == "CANCELLED":
            expect(not os.path.exists(os.path.join(self.server.images, name + ".part")), "a partial file is left")
        if rng.random() < 0.5:
            self.finish(api, name, url, digest)
            self.check_file(name, digest)
        self.remove(api, name)

    def disconnected(self, api, rng):
        """Leaves a download and comes back, or has it cancelled by leaving."""
        url, digest = self.images.slow()
        name, cancel = self.new_id(), rng.random() < 0.5
        fields = {"download_id": name, "url": url, "sha256": digest, "destination": name}
        if cancel:
            fields["on_disconnect"] = pb.DISCONNECT_POLICY_CANCEL
        stream = api.download(**fields)
        next(stream)
        stream.cancel()
        self.outcome(api, stream)
        if cancel:
            last = None
            for message in api.watch(name):
                last = message.download
            expect(state_of(last) in ("CANCELLED", "COMPLETED"), "left for good, but", state_of(last))
        else:
            self.finish(api, name, url, digest)
            self.check_file(name, digest)
        self.remove(api, name)

    def refused(self, api, rng):
        """What must fail, fails, and says why."""
        url, digest = self.images.pick(rng)
        wrong = rng.choice(
            [
                ({"url": url, "sha256": "0" * 64}, ("DIGEST_MISMATCH",)),
                ({"url": url + "-not-there", "sha256": digest}, ("HTTP_STATUS",)),
                ({"url": "http://nobody-%d.local/x" % rng.randrange(1000), "sha256": digest, "timeout": duration(2)}, ("HOST_NOT_FOUND", "DEADLINE_EXCEEDED")),
                ({"url": "http://example.com/x", "sha256": digest}, ("HOST_NOT_LOCAL",)),
                ({"url": url, "sha256": "xyz", "size_bytes": -1}, ("INVALID_REQUEST",)),
            ]
        )
        name = self.new_id()
        ended = self.outcome(api, api.download(download_id=name, destination=name, **wrong[0]))
        expect(ended in wrong[1] + PASSING, "wanted", wrong[1], "and got", ended)
        if ended not in ("HOST_NOT_LOCAL", "INVALID_REQUEST"):
            self.remove(api, name)

    # What these have in common.

    def outcome(self, api, stream):
        """Reads a stream to its end: OK, or the reason."""
        try:
            for _ in stream:
                pass
            return "OK"
        except grpc.RpcError as error:
            reason = reason_of(error)
            expect(reason != "", error.code(), error.details(), "has not one ErrorInfo")
            return reason

    def finish(self, api, name, url, digest):
        """Has a download end well, asking again for what the App's moves have ended."""
        for _ in range(TRIES):
            stream = api.download(download_id=name, url=url, sha256=digest, destination=name)
            last = None
            try:
                for message in stream:
                    last = message.download
            except grpc.RpcError as error:
                reason = reason_of(error)
                expect(reason in PASSING, name, "ended with", error.code(), reason, error.details())
                self.count("asked again after " + reason)
                continue
            expect(state_of(last) == "COMPLETED" and last.sha256 == digest, "ended as", last)
            self.count("downloads completed")
            if last.shared_with:
                self.count("copied from a twin")
            return
        raise Wrong("%s did not complete in %d tries" % (name, TRIES))

    def check_file(self, name, digest):
        with open(os.path.join(self.server.images, name), "rb") as file:
            expect(hashlib.sha256(file.read()).hexdigest() == digest, name, "is a wrong file")

    def remove(self, api, name):
        try:
            api.remove(name, delete=True, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            # It may have been forgotten already, by the limit of those that are remembered.
            expect(reason_of(error) == "DOWNLOAD_NOT_FOUND", "Remove:", error.details())
            with contextlib.suppress(FileNotFoundError):
                os.remove(os.path.join(self.server.images, name))

    # What goes on beside.

    def watch(self, rng):
        """Watches all downloads, at times without reading, and leaves."""
        api = Calls(self.server.address)
        while not self.stopping.is_set():
            stream = api.watch()
            until = time.monotonic() + rng.uniform(0.5, 4)
            timer = threading.Timer(until - time.monotonic(), stream.cancel)
            timer.start()
            if rng.random() < 0.3:
                self.stopping.wait(until - time.monotonic())  # reads nothing
            self.outcome(api, stream)
            timer.cancel()
            self.count("watches")
        api.channel.close()

    def look(self, rng):
        """Status page by page, Resolve and Browse."""
        api = Calls(self.server.address)
        while not self.stopping.is_set():
            token, seen = "", []
            while True:
                page = api.page(rng.randint(1, 20), token)
                seen += [d.download_id for d in page.downloads]
                token = page.next_page_token
                if not token:
                    break
            expect(len(seen) == len(set(seen)), "a download is on two pages")
            self.count("statuses")
            with contextlib.suppress(grpc.RpcError):
                api.resolve(HOST, bypass_cache=rng.random() < 0.5)
            for _ in api.browse(0.2):
                pass
            self.stopping.wait(0.2)
        api.channel.close()

    def move(self, rng):
        """The App gets another address, and its web server is killed and started."""
        turn = 0
        while not self.stopping.wait(rng.uniform(3, 8)):
            turn += 1
            if turn % 3 == 0:
                device.lab("app", "nginx", "store", "kill")
                device.lab("app", "nginx", "store", "start")
                self.count("web server restarts")
            else:
                device.lab("app", "address", "store", ADDRESSES[turn % 2])
                self.count("address changes")

    def work(self, share, seed):
        """One worker's share of the downloads, over a channel of its own."""
        rng = random.Random(seed)
        api = Calls(self.server.address)
        kinds = [self.whole, self.whole, self.twins, self.cancelled, self.disconnected, self.refused]
        for turn in range(share):
            kind = kinds[(turn + seed) % len(kinds)]
            kind(api, rng)
            self.count(kind.__name__)
            # Evenly over the time there is.
            pause = (self.end - time.monotonic()) / max(share - turn, 1)
            self.stopping.wait(max(0, min(pause * rng.uniform(0, 1.5), 10)))
        api.channel.close()

    def half(self, number):
        """Half of the work, and then silence."""
        remaining = self.end - time.monotonic()
        whole_end = self.end
        if number == 0:
            self.end = time.monotonic() + remaining / 2
        self.stopping.clear()
        rngs = [random.Random(self.seed * 100 + number * 10 + i) for i in range(4)]
        with concurrent.futures.ThreadPoolExecutor(WORKERS + 4) as pool:
            beside = [pool.submit(self.watch, rngs[0]), pool.submit(self.watch, rngs[1]), pool.submit(self.look, rngs[2]), pool.submit(self.move, rngs[3])]
            share = self.downloads // 2 // WORKERS
            workers = [pool.submit(self.work, share, self.seed + number * WORKERS + i) for i in range(WORKERS)]
            try:
                for worker in concurrent.futures.as_completed(workers):
                    worker.result()
            finally:
                self.stopping.set()
            for other in beside:
                other.result()
        self.end = whole_end
        device.wait_until(self.idle, 30)
        expect(self.idle(), "downloads go on that nobody asked for")
        time.sleep(2)
        return self.size()

    def idle(self):
        with Calls(self.server.address) as api:
            return all(d.state in ENDED for d in api.page(1000, "").downloads)

    def size(self):
        return self.server.memory_kib(), len(self.server.open_files())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    # ThreadSanitizer has to be told of absl::Mutex, which the one of this folder is.
    os.environ["LOCALSTORED"] = os.environ.get("SOAK_LOCALSTORED", os.path.join(os.getcwd(), "testing/soak/localstored"))
    flags = ["--max_ended_downloads=%d" % REMEMBERED, "--stall_timeout=5s"]
    server = Service("soak", *flags, environment=sanitizer.small_quarantine())
    server.start(120)
    failures = []
    soak = Soak(server, arguments.seconds, arguments.seed)
    started = time.monotonic()
    try:
        memory, files = soak.half(0)
        print("after one half: %d KiB, %d open files" % (memory, files), flush=True)
        more_memory, more_files = soak.half(1)
        print("after the other: %d KiB, %d open files" % (more_memory, more_files), flush=True)
        if more_memory - memory > GROWTH_KIB:
            failures.append("memory grew by %d KiB" % (more_memory - memory))
        if more_files - files > GROWTH_FILES:
            failures.append("open files grew by %d" % (more_files - files))
    except Exception as error:  # pylint: disable=broad-except
        failures.append("%s: %s" % (type(error).__name__, error))
    code = server.terminate()
    log = server.log_text()
    counted, of_grpc = reports.sorted_out(log)
    failures += ["\n".join(report) for report in counted[:20]]
    if of_grpc:
        print("%d reports of gRPC with itself, which are none: see reports.py" % of_grpc)
    if code != 0:
        failures.append("localstored ended with %d" % code)
    print("%d s: %s" % (time.monotonic() - started, ", ".join("%d %s" % (n, what) for what, n in sorted(soak.counts.items()))))
    if failures:
        print("localstored logged:\n" + log[-20000:])
    for failure in failures:
        print("FAILED: " + failure)
    print("soak: %s" % ("failed" if failures else "passed: no sanitizer's report, no growth"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
