"""Bridges that come and go, names on two of them, Apps without IPv4, and an avahi-daemon on the device itself."""

import contextlib
import filecmp
import os
import subprocess
import sys
import time

import device
from beside import AvahiBeside
from report import Report

PATIENCE = 20
STORE, STORE_ADDRESS = "ubuntu-4321-http-server.local", "10.1.0.5"


def resolved(server, host, *flags):
    """The first reply that is OK, or the last one that is not."""
    return device.wait_until(lambda: ok_or_none(server.resolve(host, *flags)), PATIENCE) or server.resolve(host, *flags)


def ok_or_none(reply):
    return reply if reply.ok else None


@contextlib.contextmanager
def busy_processors():
    """Twice as many who never sleep as there are processors."""
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(2 * os.cpu_count())]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def an_app_without_ipv4_is_downloaded_from(server, check):
    device.lab("app", "add", "six", "only-six", "bn2", "10.2.0.40", "avahi=no")
    device.lab("app", "exec", "six", "ip", "addr", "del", "10.2.0.40/24", "dev", "eth0")
    device.lab("app", "avahi", "six", "start", "use-ipv4=no", "use-ipv6=yes")
    reply = resolved(server, "only-six.local")
    check("found at its link-local address", reply.ok and all(a.startswith("fe80:") for a in reply.addresses), reply)
    check("on its bridge", reply.bridges == {"bn2"}, reply)
    check("from a link-local address", reply.ok and reply.endpoints[0]["sourceAddress"].startswith("fe80:"), reply.message)

    digest = device.lab("app", "file", "six", "images/six.img", "3000000").strip()
    download = server.call("download", "http://only-six.local/images/six.img", "--sha256=" + digest, "--destination=six.img")
    check("downloaded", download.ok and download.message, download.error)
    origin = os.path.join(device.lab("app", "root", "six").strip(), "images/six.img")
    arrived = os.path.join(server.images, "six.img")
    check("every byte", os.path.exists(arrived) and filecmp.cmp(origin, arrived, shallow=False))
    log = device.lab("app", "log", "six").split("\t")
    check("over IPv6", log[1].startswith("fe80:") and log[2].startswith("fe80:"), log)


def a_name_on_two_bridges_is_found_on_both(server, check):
    device.lab("app", "add", "twin1", "twin", "bn1", "10.1.0.41")
    device.lab("app", "add", "twin3", "twin", "bn3", "10.3.0.41")
    both = [("10.1.0.41", "bn1"), ("10.3.0.41", "bn3")]

    def ipv4(asked, *flags):
        reply = asked.resolve("twin.local", *flags)
        return [(e["address"], e["bridge"]) for e in reply.endpoints if ":" not in e["address"]]

    for attempt in ("first", "second"):
        found = ipv4(server, "--all", "--timeout=2s", "--no_cache")
        check("both, in the same order: %s time" % attempt, found == both, found)
    for pinned in both:
        found = ipv4(server, "--bridge=" + pinned[1])
        check("the pin selects " + pinned[1], found == [pinned], found)

    # Each server is new and knows nothing; none waits for the timeout. What was
    # multicast within the last second is not again (RFC 6762, section 6).
    def missed_cold(rounds):
        missed = []
        for _ in range(rounds):
            time.sleep(1.5)
            with device.Server(name="cold") as cold:
                found = ipv4(cold)
                if found != both:
                    missed.append(found)
        return missed

    missed = missed_cold(COLD_ROUNDS)
    check("both, cold, each of %d times" % COLD_ROUNDS, not missed, missed)
    with busy_processors():
        missed = missed_cold(COLD_ROUNDS)
    check("both, cold, each of %d times on a crowded machine" % COLD_ROUNDS, not missed, missed)


def a_bridge_that_appears_is_asked(server, check):
    def open_files():
        return len(os.listdir("/proc/%d/fd" % server.process.pid))

    server.resolve(STORE)
    before = open_files()
    for round_trip in ("first", "second"):
        device.lab("bridge", "add", "bn8", "10.8.0.1/24")
        device.lab("app", "add", "eighth", "eighth", "bn8", "10.8.0.5")
        reply = resolved(server, "eighth.local")
        check("found on the new bridge: %s time" % round_trip, (reply.ipv4, reply.bridges) == (["10.8.0.5"], {"bn8"}), reply)
        device.lab("app", "remove", "eighth")
        device.lab("bridge", "remove", "bn8")
        gone = server.resolve("eighth.local", "--timeout=300ms")
        check("gone with its bridge: %s time" % round_trip, gone.reason == "HOST_NOT_FOUND", gone)
    check("no socket is left over", device.wait_until(lambda: open_files() <= before, 5), "%d, were %d" % (open_files(), before))


def avahi_on_the_device_and_the_server_both_work(server, check):
    with AvahiBeside() as avahi:
        for attempt in ("first", "second", "third"):
            address = avahi.resolve(STORE)
            check("avahi-resolve: %s time" % attempt, address == STORE_ADDRESS, address)
            reply = server.resolve(STORE, "--no_cache")
            check("localstored: %s time" % attempt, reply.ipv4 == [STORE_ADDRESS], reply)
        check("avahi-resolve, another bridge", avahi.resolve("camera-7.local") == "10.3.0.9")
    reply = server.resolve(STORE, "--no_cache")
    check("localstored, when avahi has ended", reply.ipv4 == [STORE_ADDRESS], reply)


COLD_ROUNDS = 20

TESTS = [
    an_app_without_ipv4_is_downloaded_from,
    a_name_on_two_bridges_is_found_on_both,
    a_bridge_that_appears_is_asked,
    avahi_on_the_device_and_the_server_both_work,
]


def main():
    report = Report("Bridges and their hosts")
    with device.Server() as server:
        for test in TESTS:
            report.run(test.__name__, test, server)
    return report.finish()


sys.exit(main())
