"""Everything that can go wrong beside and beneath localstored, in a lab of its own; see run.sh."""

import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
for folder in ("../interop", "../harness"):
    sys.path.insert(0, os.path.join(HERE, folder))

# pylint: disable=wrong-import-position
import clock
import device
import disk
import kill
import network
import state
import web
from store import Store
from tally import Tally
from world import World


def cases(quick):
    found = [(name, test, sizes(quick)) for name, test, sizes in kill.CASES]
    return found + disk.cases(quick) + network.cases(quick) + web.CASES + clock.cases(quick) + state.CASES


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--only", default="")
    return parser.parse_args()


def leftover_processes():
    """Of localstored, in this sandbox."""
    found = subprocess.run(["ps", "-eo", "args"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [line for line in found.splitlines() if line.startswith(os.environ["LOCALSTORED"])]


def main():
    given = options()
    tally = Tally("Faults")
    world = World(given, Store())
    for name, test, *arguments in cases(given.quick):
        if given.only in name:
            tally.measure(name, test, world, *arguments)

    def no_process_is_left(row):
        row.run()
        row.check(device.wait_until(lambda: not leftover_processes(), 10), "no process is left", leftover_processes())

    tally.measure("no process is left", no_process_is_left)
    return tally.finish(["seed %d%s" % (given.seed, ", quick" if given.quick else "")])


sys.exit(main())
