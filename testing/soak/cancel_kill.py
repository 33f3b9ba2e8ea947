"""SIGKILL the instant that a Cancel or a Remove is answered: the next server knows of it.

Runs on the device of a lab (testing/harness/run_in_lab.sh):  cancel_kill.py [--kills=N] [--seed=N]
"""

import argparse
import os
import random
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, "../interop"), os.path.join(HERE, "../harness")]

# pylint: disable=wrong-import-position
import device
from api import pb
from service import Service

HOST = "ubuntu-4321-http-server.local"
DIGEST = "0" * 64
OTHERS = 5


def start(service, name):
    service.api.start_download(download_id=name, url="http://%s/slow/slow" % HOST, sha256=DIGEST, destination=name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    device.lab("app", "file", "store", "slow", "64M")
    service = Service("cancel-kill", "--max_active_downloads=8")
    failures, cancels, removes = [], 0, 0
    for number in range(arguments.kills):
        service.start()
        name = "wanted-%d" % number
        # Others keep the store busy with changes of their own.
        for other in range(rng.randrange(OTHERS)):
            start(service, "other-%d-%d" % (number, other))
        start(service, name)
        state = service.api.cancel(name, rng.random() < 0.5).download.state
        if state != pb.Download.STATE_CANCELLED:
            failures.append("%s: Cancel answered %s" % (name, state))
        removed = rng.random() < 0.5
        if removed:
            service.api.remove(name)
        service.kill()
        service.start()
        known = {d.download_id: d.state for d in service.api.status()}
        if removed:
            removes += 1
            if name in known:
                failures.append("%s was removed, and is %s" % (name, known[name]))
        else:
            cancels += 1
            if known.get(name) != pb.Download.STATE_CANCELLED:
                failures.append("%s was cancelled, and is %s" % (name, known.get(name)))
        for other in known:
            service.api.cancel(other, True)
            service.api.remove(other)
        service.terminate()
    print("%d kills after a Cancel, %d after a Remove, %d wrong" % (cancels, removes, len(failures)))
    for failure in failures:
        print("FAILED: " + failure)
    return 1 if failures or not cancels or not removes else 0


if __name__ == "__main__":
    sys.exit(main())
