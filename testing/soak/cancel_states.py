"""Cancel in every state that a download can be in: it ends at once, and a second Cancel changes nothing.

Runs on the device of a lab (testing/harness/run_in_lab.sh). Prints how long each Cancel took.
"""

import os
import sys
import time

import grpc

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, "../interop"), os.path.join(HERE, "../harness")]

# pylint: disable=wrong-import-position
import device
from api import pb, reason_of
from service import Service

HOST = "ubuntu-4321-http-server.local"
DIGEST = "0" * 64
State = pb.Download
# It takes milliseconds; this guards against waiting for a timeout of something else.
LONGEST_MS = 1000


class States:
    def __init__(self, service):
        self.service, self.failures, self._number = service, [], 0

    def check(self, what, condition, detail=""):
        if not condition:
            self.failures.append("%s: %s" % (what, detail))

    def start(self, path, reached, host=HOST, name=None, **fields):
        """Asks for a download and waits until it is as wanted."""
        self._number += 1
        name = name or "cancel-%d" % self._number
        self.service.api.start_download(download_id=name, url="http://%s%s" % (host, path), sha256=fields.pop("sha256", DIGEST), destination=name, **fields)
        self.await_state(name, reached)
        return name

    def await_state(self, name, reached):
        found = device.wait_until(lambda: reached(self.service.api.status(name)[0]), 20, 0.02)
        self.check(name, found, "does not get there: %s" % self.service.api.status(name)[0])

    def cancel(self, state, name):
        begun = time.monotonic()
        first = self.service.api.cancel(name).download
        took = (time.monotonic() - begun) * 1000
        second = self.service.api.cancel(name).download
        print("%-36s cancelled in %6.1f ms" % (state, took), flush=True)
        self.check(state, first.state == State.STATE_CANCELLED, first)
        self.check(state, first.SerializeToString() == second.SerializeToString(), "a second Cancel changed it: %s" % second)
        self.check(state, took < LONGEST_MS, "it took %d ms" % took)
        try:
            for _ in self.service.api.download(rpc_timeout=20, download_id="other", url="http://%s/x" % HOST, sha256=DIGEST, destination=name, max_bytes_per_second=1):
                break
        except grpc.RpcError as error:
            self.check(state, reason_of(error) != "DOWNLOAD_CONFLICT", "its destination is still taken")
        self.service.api.cancel("other")
        self.service.api.remove("other")

    def all(self):
        waiting = lambda d: d.state == State.STATE_WAITING  # noqa: E731
        downloading = lambda d: d.state == State.STATE_DOWNLOADING and d.received_bytes > 0  # noqa: E731
        self.cancel("RESOLVING", self.start("/x", lambda d: d.state == State.STATE_RESOLVING, host="nobody.local"))
        device.lab("fault", "blackhole", "80")
        self.cancel("RESOLVING, connecting", self.start("/x", lambda d: d.effective_url != ""))
        device.lab("fault", "clear")
        self.cancel("DOWNLOADING", self.start("/slow/slow", downloading))
        device.lab("fault", "stall", "80", "1")
        self.cancel("DOWNLOADING, stalled", self.start("/slow/slow", downloading))
        device.lab("fault", "clear")
        self.cancel("WAITING, before the next attempt", self.start(":9/x", waiting))
        slow = self.start("/slow/slow", downloading, sha256="1" * 64)
        self.cancel("QUEUED for the same image", self.start("/slow/slow", lambda d: d.shared_with == slow, sha256="1" * 64))
        second = self.start("/slow/slow", downloading, sha256="2" * 64)
        self.cancel("QUEUED", self.start("/x", lambda d: d.state == State.STATE_QUEUED))
        for name in (slow, second):
            self.service.api.cancel(name)
        self.parked(waiting)

    def parked(self, waiting):
        """Its credentials were in memory only, and the server was killed."""
        name = "parked"
        datastore = pb.Datastore(fqdn="http://" + HOST, credentials=pb.Credentials(scheme="Bearer", value="x", allow_over_http=True))
        self.service.api.start_download(download_id=name, image="slow/slow", datastores=[datastore], sha256=DIGEST, destination=name)
        self.service.kill()
        self.service.start()
        self.await_state(name, waiting)
        self.cancel("WAITING for its credentials", name)


def main():
    device.lab("app", "file", "store", "slow", "64M")
    with Service("cancel", "--credential_storage=memory", "--max_active_downloads=2") as service:
        states = States(service)
        states.all()
    for failure in states.failures:
        print("FAILED: " + failure)
    return 1 if states.failures else 0


if __name__ == "__main__":
    sys.exit(main())
