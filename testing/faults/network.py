"""Apps that die, move and come back; bridges that go; packets that are lost; connections that break."""

import subprocess
import time

import device
from service import Service
from store import HOST, MIB
from world import Image, await_bytes, check_closed, check_completed, check_files, forget

SIZE, RATE = 24 * MIB + 11, 12 * MIB
FLAGS = ["--stall_timeout=2s", "--connect_timeout=1s"]


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, stdout=subprocess.DEVNULL)


def in_store(*arguments):
    subprocess.run([device.LAB, "app", "exec", "store", *arguments], check=True, stdout=subprocess.DEVNULL)


def nginx_killed():
    device.lab("app", "nginx", "store", "kill")
    time.sleep(0.5)
    device.lab("app", "nginx", "store", "start")


def avahi_killed():
    device.lab("app", "avahi", "store", "kill")
    device.lab("app", "nginx", "store", "kill")
    device.lab("app", "nginx", "store", "start")
    device.lab("app", "avahi", "store", "start")


def new_address():
    device.lab("app", "address", "store", "10.1.0.77")


def old_address():
    device.lab("app", "address", "store", "10.1.0.5")


def to_bridge(bridge, new):
    ip("link", "set", "v-store", "master", bridge)
    in_store("ip", "addr", "flush", "dev", "eth0", "scope", "global")
    in_store("ip", "addr", "add", new + "/24", "dev", "eth0")
    in_store("ip", "route", "replace", "default", "via", new.rsplit(".", 1)[0] + ".1")


def to_other_bridge():
    to_bridge("bn2", "10.2.0.55")


def to_first_bridge():
    to_bridge("bn1", "10.1.0.5")


def bridge_deleted():
    ip("link", "del", "bn1")
    time.sleep(0.5)
    device.lab("bridge", "add", "bn1", "10.1.0.1/24")
    for port in ("v-store", "v-ending"):
        ip("link", "set", port, "master", "bn1")


def bridge_down():
    ip("link", "set", "bn1", "down")
    time.sleep(1)
    ip("link", "set", "bn1", "up")


def fault(seconds, *arguments):
    def strike():
        device.lab("fault", *arguments)
        time.sleep(seconds)
        device.lab("fault", "clear")

    return strike


def nothing():
    pass


# What happens in the middle of a transfer, and what mends it afterwards.
FAULTS = [
    ("App: web server killed", nginx_killed, nothing),
    ("App: killed and started again", avahi_killed, nothing),
    ("App: reloaded with a new address", new_address, old_address),
    ("App: moved to another bridge", to_other_bridge, to_first_bridge),
    ("bridge deleted and created", bridge_deleted, nothing),
    ("bridge down and up", bridge_down, nothing),
    ("TCP reset", fault(1, "reset", "80"), nothing),
    ("TCP black-holed", fault(4, "blackhole", "80"), nothing),
    ("TCP stalled after 2 MB", fault(5, "stall", "80", "2"), nothing),
    ("TCP slowed to 8 Mbit/s", fault(2, "rate", "store", "8"), nothing),
]


def ended_requests(store, image, tag):
    """Of one download; nginx logs a request some time after its end."""

    def look():
        requests = [r for r in store.requests(tag) if r.status in (200, 206)]
        return requests if any(r.first_byte + r.body == image.size for r in requests) else None

    return device.wait_until(look, 10) or []


def in_the_middle(row, world, number, strike, mend):
    image = Image(world.store, "network", SIZE, world.seed)
    with Service("network-%d" % number, *FLAGS) as service:
        files = len(service.open_files())
        rng = world.random("network %d" % number)
        again = 0
        for turn in range(world.count(5, 1)):
            row.run()
            name = "network-%d-%d" % (number, turn)
            service.api.start_download(**image.request(name, name, max_bytes_per_second=RATE))
            underway = await_bytes(service, name, rng.randint(MIB, SIZE // 2))
            row.check(underway, "strikes a transfer under way")
            had = service.api.status(name)[0].received_bytes
            strike()
            if check_completed(row, service, name):
                check_files(row, service, {name: image.sha256})
            mend()
            # The server itself was never stopped: no byte that it had is asked for again.
            starts = [r.first_byte for r in ended_requests(world.store, image, name)]
            # A request whose peer vanished may not be logged yet.
            rests = [start for start in starts if start > 0]
            row.check(starts and starts.count(0) <= 1 and all(rest >= had for rest in rests), "goes on from the byte that it had", "%s, had %d" % (starts, had))
            again += len(rests)
            forget(service, name)
        check_closed(row, service, files)
        row.note = "%d requests for a rest, each from the byte that it had" % again


def mdns_lost(row, world, percent):
    """Lookups and downloads while so many packets are lost."""
    image = Image(world.store, "lost", 2 * MIB, world.seed)
    device.lab("fault", "lose-mdns", "bn1", str(percent))
    answered, asked = 0, world.count(40, 4)
    try:
        with Service("lost-%d" % percent) as service:
            for turn in range(asked):
                row.run()
                reply = device.Server.resolve(Ctl(service), HOST, "--no_cache", "--timeout=8s")
                answered += reply.ok
                if not reply.ok:
                    row.check(reply.reason == "HOST_NOT_FOUND", "right reason in the error", reply)
                if turn % 4 == 0:
                    name = "lost-%d" % turn
                    service.api.start_download(**image.request(name, name))
                    if check_completed(row, service, name):
                        check_files(row, service, {name: image.sha256})
                    forget(service, name)
    finally:
        device.lab("fault", "clear")
    row.note = "%d of %d lookups answered" % (answered, asked)
    # Four and more questions go out in 8 s; the chance that one in two lookups goes without is nil.
    row.check(answered * 2 > asked, "most lookups are answered", row.note)


class Ctl:
    """A service seen through localstorectl."""

    def __init__(self, service):
        self.address = service.address

    command = device.Server.command
    call = device.Server.call


def cases(quick):
    found = [(name, in_the_middle, number, strike, mend) for number, (name, strike, mend) in enumerate(FAULTS)]
    if quick:
        wanted = ("App: reloaded", "App: moved", "bridge deleted", "TCP reset")
        found = [case for case in found if case[0].startswith(wanted)]
    found += [("mDNS: %d %% lost" % percent, mdns_lost, percent) for percent in ([30] if quick else [10, 20, 30, 40, 50])]
    return found



