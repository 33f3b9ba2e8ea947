"""The wall clock jumps while downloads run and wait."""

import time

import device
from api import ENDED, pb
from fault_page import FaultPage
from service import Service
from store import MIB
from world import await_bytes, check_completed, check_files, forget

HOUR, DAY, YEAR = 3600, 86400, 365 * 86400
JUMPS = [("an hour back", -HOUR), ("an hour on", HOUR), ("a day back", -DAY), ("ten years on", 10 * YEAR), ("twenty years back", -20 * YEAR)]
SECOND = 1_000_000_000


def during_a_transfer(row, world, seconds):
    image = world.image("clock", 24 * MIB)
    service = Service("clock")
    page = FaultPage("clock", service.images)
    service.environment = page.environment()
    with service:
        for turn in range(world.count(4, 1)):
            row.run()
            name = "clock-%d" % turn
            begun = time.monotonic()
            service.api.start_download(**image.request(name, name, max_bytes_per_second=16 * MIB))
            row.check(await_bytes(service, name, 4 * MIB), "strikes a transfer under way")
            page.set(clock_jump_ns=seconds * SECOND)
            if check_completed(row, service, name, 30):
                check_files(row, service, {name: image.sha256})
            took = time.monotonic() - begun
            row.check(took > 1, "the limit of its rate still holds", "%.2f s" % took)
            page.set(clock_jump_ns=0)
            forget(service, name)
            row.check(service.api.serving(), "is serving")


def during_a_wait(row, world, seconds):
    """Before the next attempt, and before a timeout: both come when they are due."""
    image = world.image("clock", 24 * MIB)
    service = Service("clock-wait", "--connect_timeout=1s")
    page = FaultPage("clock-wait", service.images)
    service.environment = page.environment()
    with service:
        for turn in range(world.count(4, 1)):
            row.run()
            device.lab("app", "nginx", "store", "stop")
            names = ["wait-%d" % turn, "timeout-%d" % turn]
            try:
                service.api.start_download(**image.request(names[0], names[0]))
                service.api.start_download(**image.request(names[1], names[1], timeout={"seconds": 5}))
                waiting = device.wait_until(lambda: all(d.state == pb.Download.STATE_WAITING for d in service.api.status(*names)), 10, 0.02)
                row.check(waiting, "strikes while both wait", service.api.status(*names))
                page.set(clock_jump_ns=seconds * SECOND)
                late = device.wait_until(lambda n=names[1]: service.api.status(n)[0].state in ENDED, 20)
                row.check(late, "a timeout of five seconds ends a download within twenty", service.api.status(names[1]))
            finally:
                device.lab("app", "nginx", "store", "start")
            if check_completed(row, service, names[0], 40):
                check_files(row, service, {names[0]: image.sha256})
            page.set(clock_jump_ns=0)
            forget(service, *names)


def cases(quick):
    jumps = JUMPS[:1] if quick else JUMPS
    found = [("clock: %s in a transfer" % name, during_a_transfer, seconds) for name, seconds in jumps]
    return found + [("clock: %s while waiting" % name, during_a_wait, seconds) for name, seconds in jumps]



