"""SIGKILL at random moments over many small jobs: none is lost, each that ended is reported, none is half there.

Runs on the device of a lab (testing/harness/run_in_lab.sh):  kill_jobs.py [--kills=N] [--seed=N]
"""

import argparse
import contextlib
import hashlib
import os
import random
import sys
import threading
import time

import grpc

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, "../interop"), os.path.join(HERE, "../harness")]

# pylint: disable=wrong-import-position
import device
from api import ENDED, pb
from service import Service

HOST = "ubuntu-4321-http-server.local"
JOBS_A_ROUND = 8
SIZES = (1000, 70_000, 300_000)


class Jobs:
    """What was asked for, and what the server has said of it."""

    def __init__(self, service, rng):
        self.service, self.rng = service, rng
        self.images = {"kill/%d" % size: device.lab("app", "file", "store", "kill/%d" % size, str(size)).strip() for size in SIZES}
        self.accepted, self.digests, self.ended, self.failures = set(), {}, {}, []
        self._lock = threading.Lock()

    def ask(self, name):
        """Asks for a download and reads what comes, until the server is killed."""
        path = self.rng.choice(sorted(self.images))
        self.digests[name] = self.images[path]
        # One in four must fail, and be remembered as failed.
        digest = self.digests[name] if not name.endswith("3") else hashlib.sha256(name.encode()).hexdigest()
        with contextlib.suppress(grpc.RpcError):
            for message in self.service.api.download(rpc_timeout=60, download_id=name, url="http://%s/%s" % (HOST, path), sha256=digest, destination=name):
                with self._lock:
                    self.accepted.add(name)
                    if message.download.state in ENDED:
                        self.ended[name] = message.download.state

    def check(self, what, condition, detail):
        if not condition:
            self.failures.append("%s: %s" % (what, detail))

    def look(self, after):
        """All that was accepted is known; what ended stays ended as it did."""
        known = {d.download_id: d.state for d in self.service.api.status()}
        lost = sorted(self.accepted - set(known))
        self.check(after, not lost, "lost %s" % lost)
        for name, state in self.ended.items():
            # What was told an instant before the kill may not have been written; it ends the same way again.
            self.check(after, name not in known or known[name] == state or known[name] not in ENDED, "%s ended as %s and is %s" % (name, state, known.get(name)))
        for name, state in known.items():
            if state == pb.Download.STATE_COMPLETED:
                self.check(after, self.is_right(name), "%s is reported COMPLETED, and its file is wrong" % name)
        return known

    def is_right(self, name):
        try:
            with open(os.path.join(self.service.images, name), "rb") as file:
                return hashlib.sha256(file.read()).hexdigest() == self.digests[name]
        except FileNotFoundError:
            return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    service = Service("kill-jobs", "--max_active_downloads=3", "--max_ended_downloads=100000", "--max_queued_downloads=100000")
    jobs = Jobs(service, rng)
    waiting = 0
    for number in range(arguments.kills):
        service.start()
        known = jobs.look("after kill %d" % number)
        waiting += sum(state not in ENDED for state in known.values())
        threads = [threading.Thread(target=jobs.ask, args=("job-%d-%d" % (number, i),)) for i in range(JOBS_A_ROUND)]
        for thread in threads:
            thread.start()
        time.sleep(rng.uniform(0, 1))
        service.kill()
        for thread in threads:
            thread.join()
    service.start()
    device.wait_until(lambda: all(d.state in ENDED for d in service.api.status()), 120, 0.2)
    known = jobs.look("at the end")
    for name in jobs.accepted:
        wanted = pb.Download.STATE_FAILED if name.endswith("3") else pb.Download.STATE_COMPLETED
        jobs.check("at the end", known.get(name) == wanted, "%s is %s" % (name, known.get(name)))
    partial = [name for name in os.listdir(service.images) if ".part" in name and not name.split(".part")[0].endswith("3")]
    jobs.check("at the end", not partial, "left over: %s" % partial)
    code = service.terminate()
    jobs.check("at the end", code == 0, "the server ended with %s" % code)
    counts = (arguments.kills, len(jobs.accepted), waiting, len(jobs.ended), len(jobs.failures))
    print("%d kills, %d jobs accepted, %d times one had not ended when the server was back, %d ends told before a kill, %d wrong" % counts)
    for failure in jobs.failures[:30]:
        print("FAILED: " + failure)
    enough = jobs.accepted and waiting and jobs.ended
    if not enough:
        print("FAILED: nothing was tried")
    return 1 if jobs.failures or not enough else 0


if __name__ == "__main__":
    sys.exit(main())
