"""Finds, follows and forgets Apps whose mDNS responders are of several makers, all at the same time."""

import sys
import threading
import time

import device
from report import Report
from responders import Avahi, Bonjour, Mdnsd, MulticastDns, Zeroconf
from witness import Witness

COLUMNS = ["host found", "address", "bridge", "source", "browse", "new address", "goodbye"]

NO_WORKSTATION = "publish-workstation=no"
RESPONDERS = [
    Avahi("avahi use-ipv6=no", "avahi4", "bn1", 21, "_workstation._tcp", "use-ipv6=no", "http=80"),
    Avahi("avahi use-ipv6=yes", "avahi6", "bn2", 22, "_workstation._tcp", "use-ipv6=yes", "http=80"),
    Avahi("avahi workstation only", "workstation", "bn3", 23, "_workstation._tcp"),
    Avahi("avahi http only", "http", "bn1", 24, "_http._tcp", NO_WORKSTATION, "http=8080"),
    Avahi("avahi https only", "https", "bn2", 25, "_https._tcp", NO_WORKSTATION, "https=443"),
    Avahi("avahi address only", "address", "bn3", 26, None, NO_WORKSTATION),
    Zeroconf("python3-zeroconf", "zeroconf", "bn1", 27),
    Mdnsd("mdnsd", "mdnsd", "bn2", 28, says_goodbye=False),
    Bonjour("bonjour-service", "bonjour", "bn3", 29),
    MulticastDns("multicast-dns", "multicast", "bn1", 30, says_goodbye=False, announces=False),
]
# So long may a step take on a machine that has much else to do.
PATIENCE = 20


class Examination:
    """All the checks of one responder, in their order."""

    def __init__(self, server, witness, report, responder):
        self.server, self.witness, self.report, self.responder = server, witness, report, responder
        self.name = responder.host + ".local"

    def check(self, column, passed, cell="ok", detail=""):
        self.report.record(self.responder.label, column, passed, cell, detail)

    def run(self):
        self.report.run(self.responder.label, self.steps)

    def steps(self, _):
        self.responder.start()
        self.is_found()
        self.is_browsed()
        self.follows_a_new_address()
        self.follows_a_goodbye()

    def is_found(self):
        responder = self.responder
        reply = device.wait_until(lambda: self.only_if_ok(self.server.resolve(self.name)), PATIENCE)
        self.check("host found", reply, detail="HOST_NOT_FOUND")
        self.check("address", reply.addresses[0] == responder.address and reply.ipv4 == [responder.address], detail=reply)
        self.check("bridge", reply.bridges == {responder.bridge}, detail=reply)
        self.check("source", reply.endpoints[0]["sourceAddress"] == responder.source, detail=reply.endpoints[0])

    @staticmethod
    def only_if_ok(reply):
        return reply if reply.ok else None

    def is_browsed(self):
        responder = self.responder
        if responder.service is None:
            event = self.server.browse(self.is_ours, 3)
            self.check("browse", event is None, "nothing to see", event)
            return
        event = self.server.browse(self.is_complete, PATIENCE, responder.service)
        self.check("browse", event and event["bridge"] == responder.bridge, detail=event)

    def is_ours(self, event):
        return event.get("service", {}).get("host") == self.name

    def is_complete(self, event):
        return self.is_ours(event) and event["service"].get("port", 0) > 0 and self.responder.address in event.get("addresses", [])

    def follows_a_new_address(self):
        responder = self.responder
        responder.move()
        flags = [] if responder.announces else ["--no_cache"]
        replies = []

        def moved():
            replies.append(self.server.resolve(self.name, *flags))
            return replies[-1].ipv4 == [responder.new_address]

        device.wait_until(moved, PATIENCE)
        cell = "ok" if responder.announces else "ok, asked afresh"
        self.check("new address", replies[-1].ipv4 == [responder.new_address], cell, replies[-1])

    def follows_a_goodbye(self):
        responder = self.responder
        # What a reply to an ephemeral port said lives for ten seconds at most
        # (RFC 6762, section 6.7): with one that is fresh, only a goodbye can
        # be why the address is gone after two.
        before = self.server.resolve(self.name, "--no_cache")
        self.witness.forget(self.name)
        responder.stop()
        time.sleep(2)
        flags = ["--timeout=300ms"] + ([] if responder.says_goodbye else ["--no_cache"])
        after = self.server.resolve(self.name, *flags)
        heard = self.witness.heard_goodbye(self.name)
        passed = before.ok and after.reason == "HOST_NOT_FOUND" and heard == responder.says_goodbye
        detail = "before: %s; after: %s; goodbye on the wire: %s" % (before, after, heard)
        self.check("goodbye", passed, "ok" if responder.says_goodbye else "none sent", detail)


def main():
    report = Report("mDNS responders, as localstored sees them")
    witness = Witness(["bn1", "bn2", "bn3"])
    with device.Server() as server:
        threads = []
        for responder in RESPONDERS:
            examination = Examination(server, witness, report, responder)
            threads.append(threading.Thread(target=examination.run))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    report.table([responder.label for responder in RESPONDERS], COLUMNS)
    return report.finish()


sys.exit(main())
