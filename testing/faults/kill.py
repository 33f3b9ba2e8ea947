"""SIGKILL at random moments, and at every kind of write, sync and rename."""

import os
import re
import subprocess
import time

import grpc

import device
from api import ENDED
from fault_page import FaultPage
from service import Service
from store import MIB
from world import check_closed, check_completed, check_files, check_known, forget

# In the quick form small images still take a few records.
RATE, QUICK_RATE = 160 * MIB, 24 * MIB


def lag(rate):
    """A second passes between two records of how far a download is, and the disk may need as long again to make the bytes durable before."""
    return 3 * rate + 32 * MIB


def durable_bytes(service, destination):
    """What the record beside the unfinished file promises; 0 without one."""
    try:
        with open(os.path.join(service.images, destination + ".part.resume"), encoding="utf-8") as text:
            return int(re.search(r"^durable (\d+)$", text.read(), re.MULTILINE).group(1))
    except FileNotFoundError:
        return 0


def lose_power(service, destination, durable, rng):
    """What was not made durable may hold anything after a power cut."""
    path = os.path.join(service.images, destination + ".part")
    try:
        size = os.path.getsize(path)
        with open(path, "r+b") as file:
            if rng.random() < 0.5:
                file.truncate(rng.randint(durable, max(durable, size)))
            else:
                file.seek(durable)
                for _ in range(0, size - durable, MIB):
                    file.write(rng.randbytes(4096))
                    file.seek(MIB - 4096, os.SEEK_CUR)
                file.truncate(max(size, durable))
    except FileNotFoundError:
        pass


class Victim:
    """One download that is killed until it completes."""

    def __init__(self, row, service, image, number, rng, rate):
        self.row, self.service, self.image, self.rng, self.rate = row, service, image, rng, rate
        self.id = self.destination = "killed-%d" % number
        self.promised = [0]
        self.power_cuts = 0

    def run(self, most):
        """Up to `most` kills; how many there were."""
        self.service.start()
        self.service.api.start_download(**self.image.request(self.id, self.destination, max_bytes_per_second=self.rate))
        kills = 0
        while kills < most:
            # Killed more often than it can make a record it would never end.
            if kills > 0 and self.rng.random() < 0.2:
                break
            left = self.image.size - max(self.promised)
            time.sleep(self.rng.uniform(0, left / self.rate * 1.15 + 0.3))
            download = check_known(self.row, self.service, self.id)
            if download is None or download.state in ENDED:
                break
            self.service.kill()
            kills += 1
            self.row.run()
            self._look()
            if self.rng.random() < 0.1:
                self.service.start_without_waiting()
                time.sleep(self.rng.uniform(0, 0.15))
                self.service.kill()
                self._look()
            self.service.start()
        if check_completed(self.row, self.service, self.id):
            check_files(self.row, self.service, {self.destination: self.image.sha256})
        forget(self.service, self.id)
        check_files(self.row, self.service, {})
        self.service.terminate()
        return kills

    def _look(self):
        check_files(self.row, self.service, {}, {self.destination: self.image.sha256})
        durable = durable_bytes(self.service, self.destination)
        self.row.check(durable >= self.promised[-1] or durable == 0, "what is durable stays so", "%d after %d" % (durable, self.promised[-1]))
        self.promised.append(durable)
        if self.rng.random() < 0.5:
            self.power_cuts += 1
            lose_power(self.service, self.destination, durable, self.rng)


def whole(requests, image):
    """Once the last of them is logged."""
    return requests if any(r.first_byte + r.body == image.size for r in requests) else []


def check_requests(row, requests, promised, image, rate):
    """Each went on from exactly what was durable; bytes that were fetched twice."""
    again = 0
    requests = [r for r in requests if r.status in (200, 206)]
    for before, after in zip(requests, requests[1:]):
        row.check(after.first_byte in promised, "goes on from what is durable", "%s, durable were %s" % (after.range, promised))
        twice = before.first_byte + before.body - after.first_byte
        row.check(twice <= lag(rate), "nothing fetched twice but the last that was not durable", "%d MiB" % (twice / MIB))
        again += max(0, twice)
    row.check(requests and requests[-1].first_byte + requests[-1].body == image.size, "the last request brings the rest")
    return again


def sigkill_at_random_moments(row, world, sizes):
    rng = world.random("sigkill")
    images = [world.image("kill-%d" % i, size) for i, size in enumerate(sizes)]
    service = Service("kill")
    rate = QUICK_RATE if world.options.quick else RATE
    wanted, number, again, fetched, cuts = world.count(200, 5), 0, [], 0, 0
    while row.runs < wanted:
        image = rng.choice(images)
        victim = Victim(row, service, image, number, rng, rate)
        victim.run(wanted - row.runs)
        requests = device.wait_until(lambda i=image, v=victim: whole(world.store.requests(v.id), i), 10)
        again.append(check_requests(row, requests, victim.promised, image, rate))
        fetched += image.size
        cuts += victim.power_cuts
        number += 1
    row.note = "%d downloads of %d–%d MiB, %d power cuts; fetched twice %.0f of %.0f MiB (%.0f MiB a kill)" % (
        number, min(sizes) / MIB, max(sizes) / MIB, cuts, sum(again) / MIB, fetched / MIB, sum(again) / MIB / max(1, row.runs))


def sigkill_at_an_operation(row, world, size):
    """At the Nth write, sync or rename of image or store, whichever comes: all orders are met."""
    rng = world.random("operation")
    image = world.image("operation", size)
    service = Service("operation")
    page = FaultPage("operation", service.images, service.state)
    service.environment = page.environment()
    points = []
    # How many there are in a download that nothing disturbs.
    service.start()
    service.api.start_download(**image.request("undisturbed", "undisturbed"))
    check_completed(row, service, "undisturbed")
    operations = page.get("operations")
    forget(service, "undisturbed")
    service.terminate()
    for number in range(world.count(200, 5)):
        name = "operation-%d" % number
        point = rng.randint(1, operations + 2)
        page.set(operations=0, kill_at=point)
        accepted = run_until_killed(service, image, name)
        row.run()
        points.append(point)
        page.set(kill_at=0)
        check_files(row, service, {}, {name: image.sha256})
        service.start()
        if accepted:
            check_known(row, service, name)
        else:
            service.api.start_download(**image.request(name, name))
        if check_completed(row, service, name):
            check_files(row, service, {name: image.sha256})
        files = len(service.open_files())
        forget(service, name)
        check_closed(row, service, files)
        service.terminate()
    row.note = "of %d operations in a download, %d different ones" % (operations, len(set(points)))


def run_until_killed(service, image, name):
    """Whether the server accepted the download before it was killed."""
    try:
        service.start()
    except RuntimeError:
        service.process.wait(20)
        service.process = None
        return False
    accepted = False
    try:
        for _ in service.api.download(rpc_timeout=60, **image.request(name, name)):
            accepted = True
    except grpc.RpcError:
        pass
    try:
        service.process.wait(0.3)
        service.process, service.api = None, None
    except subprocess.TimeoutExpired:
        service.kill()
    return accepted


CASES = [
    ("SIGKILL at random moments", sigkill_at_random_moments, lambda q: [64 * MIB + 17] if q else [64 * MIB, 150 * MIB + 1, 300 * MIB + 4095, 600 * MIB + 4096, 1024 * MIB]),
    ("SIGKILL at a write, sync or rename", sigkill_at_an_operation, lambda q: 24 * MIB + 5 if q else 64 * MIB + 5),
]
