"""One App sends mDNS as fast as it can; what is asked on another bridge is answered, and nothing grows."""

import os
import subprocess
import sys

import device
import sanitizer
from report import Report

FLOOD = os.path.join(os.getcwd(), "testing/interop/mdns_flood")
RATE, SECONDS = 50_000, 8
# Fewer are no flood: the machine was too busy to tell anything.
LEAST_SENT = 40_000
CAMERA, CAMERA_ADDRESS = "camera-7.local", "10.3.0.9"
# A bridge's cache and its sockets' buffers are bounded; so is what is logged.
MEMORY_GROWTH_KIB = sanitizer.mib(16, sanitizer.SMALL_QUARANTINE_MIB) * 1024
LOG_GROWTH_BYTES = 16 * 1024


def a_flood_on_one_bridge_is_not_felt_on_another(server, check):
    check("answered before", server.resolve(CAMERA).ipv4 == [CAMERA_ADDRESS])
    memory, log = server.memory_kib(), os.path.getsize(server.log_path)
    flood = subprocess.Popen(
        [device.LAB, "app", "exec", "store", os.environ.get("MDNS_FLOOD", FLOOD), "eth0", "10.1.0.5", str(RATE), str(SECONDS)],
        stdout=subprocess.PIPE,
    )
    asked, heard, failed, most_memory = 0, 0, [], memory
    while flood.poll() is None:
        reply = server.resolve(CAMERA, *(["--no_cache"] if asked % 2 else []))
        asked += 1
        heard += sum(b.get("responsesSeen", 0) for b in reply.message.get("bridges", []) if b["bridge"] == "bn1")
        if reply.ipv4 != [CAMERA_ADDRESS]:
            failed.append(str(reply))
        most_memory = max(most_memory, server.memory_kib())
    sent = int(flood.stdout.read() or 0)
    grown, logged = most_memory - memory, os.path.getsize(server.log_path) - log
    print("%d packets in %d s, %d of them while lookups ran; %d lookups, %d failed" % (sent, SECONDS, heard, asked, len(failed)))
    print("memory %d KiB, at most %d KiB; the log grew by %d bytes" % (memory, most_memory, logged))
    check("a flood", flood.returncode == 0 and sent >= LEAST_SENT, "%d packets" % sent)
    check("the flood arrives", heard >= 100, "%d packets were seen while lookups ran" % heard)
    check("every lookup answered", asked > 0 and not failed, "%d of %d: %s" % (len(failed), asked, failed[:3]))
    check("memory bounded", grown <= MEMORY_GROWTH_KIB, "%d KiB more" % grown)
    check("log bounded", logged <= LOG_GROWTH_BYTES, "%d bytes more: %s" % (logged, server.log_text()[-2000:]))
    check("answered after", server.resolve(CAMERA, "--no_cache").ipv4 == [CAMERA_ADDRESS])
    after = device.wait_until(lambda: server.resolve("ubuntu-4321-http-server.local", "--no_cache").ok, 20)
    check("the flooded bridge recovers", after)


def main():
    report = Report("A flood")
    os.environ.update(sanitizer.small_quarantine())
    with device.Server() as server:
        test = a_flood_on_one_bridge_is_not_felt_on_another
        report.run(test.__name__, test, server)
    return report.finish()


sys.exit(main())
