"""Hostile peers on all sides of localstored, in a lab of its own; see run.sh."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
for folder in ("../interop", "../harness", "../faults"):
    sys.path.insert(0, os.path.join(HERE, folder))

# pylint: disable=wrong-import-position
import grpc

import callers
import device
import mdns_attacker
import misbehaviours
import sanitizer
from api import ENDED, Api, pb, reason_of, reason_of_status
from service import Service
from store import HOST, MIB, Store
from tally import Tally
from web import ScriptedApp
from world import Image, World, check_files

CAMERA, CAMERA_ADDRESS = "camera-7.local", "10.3.0.9%bn3"
STEADY, STEADY_ADDRESS = "steady.local", "10.1.0.67"
# The bystander is another user of the service than the callers that attack.
SOCKET = "unix:/run/hostile.sock"
# Beyond what the server has before: thousands of calls at once and their buffers.
MOST_GROWTH_KIB = sanitizer.mib(256) * 1024
LOOKUP_SECONDS, DOWNLOAD_SECONDS = sanitizer.seconds(10), sanitizer.seconds(30)
FLAGS = ["--listen=127.0.0.1:0," + SOCKET, "--max_active_downloads=64", "--stall_timeout=3s", "--connect_timeout=1s", "--max_image_bytes=%d" % (256 * MIB)]


class Bystander:
    """Another caller, whose lookups and downloads have to go on all the while."""

    def __init__(self, world, service):
        self.world, self.service = world, service
        self.image = world.image("bystander", MIB)
        self.lookups, self.downloads, self.failed, self.peak = [], [], [], 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._work), threading.Thread(target=self._watch)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _watch(self):
        while not self._over.is_set():
            self.peak = max(self.peak, self.service.memory_kib())
            time.sleep(0.02)

    def _work(self):
        number = 0
        with Api(SOCKET) as api:
            while not self._over.is_set():
                number += 1
                self._try(self.lookups, self._lookup, api, number)
                if number % 5 == 0:
                    self._try(self.downloads, self._download, api, number)
                time.sleep(0.02)

    def _try(self, times, step, api, number):
        begun = time.monotonic()
        try:
            problem = step(api, number)
        except grpc.RpcError as error:
            problem = "%s: %s" % (reason_of(error), error.details())
        times.append(time.monotonic() - begun)
        if problem:
            self.failed.append(problem)

    def _lookup(self, api, number):
        reply = api.resolve(CAMERA, timeout=LOOKUP_SECONDS, bypass_cache=number % 2 == 1)
        found = ["%s%%%s" % (e.address, e.bridge) for e in reply.endpoints]
        # Captured messages are about their App, too, and with bits flipped say that it is on another bridge as well: what
        # counts is that nothing but its own address is found on its own bridge.
        own = [endpoint for endpoint in found if endpoint.endswith("%bn3") and ":" not in endpoint]
        return None if own == [CAMERA_ADDRESS] else "found %s" % found

    def _download(self, api, number):
        name = "bystander-%d" % number
        request = {**self.image.request(name, name), "bridges": ["bn3"]}
        request["url"] = request["url"].replace(HOST, CAMERA)
        last = None
        for message in api.download(rpc_timeout=DOWNLOAD_SECONDS, **request):
            last = message.download
        api.remove(name, delete=True)
        return None if last is not None and last.state == pb.Download.STATE_COMPLETED else "ended with %s" % last

    def verdict(self, row, base):
        # Whoever fills the queue keeps others out of it, but of nothing else.
        full = [problem for problem in self.failed if problem.startswith("QUEUE_FULL")]
        if "downloads at once" in row.name:
            self.failed = [problem for problem in self.failed if problem not in full]
        row.check(not self.failed, "others are served meanwhile", "%d of %d: %s" % (len(self.failed), len(self.lookups) + len(self.downloads), self.failed[:3]))
        row.check(self.lookups, "others were there")
        growth = self.peak - base
        row.check(growth <= MOST_GROWTH_KIB, "memory is bounded", "%d KiB more than %d" % (growth, base))
        slowest = max(self.lookups) * 1000 if self.lookups else 0
        text = "+%.0f MiB at most; others: %d lookups (median %.0f, slowest %.0f ms), %d downloads" % (
            max(0, growth) / 1024, len(self.lookups), statistics.median(self.lookups) * 1000 if self.lookups else 0, slowest, len(self.downloads))
        if full:
            text += " (%d refused: QUEUE_FULL)" % len(full)
        row.note = row.note + "; " + text if row.note else text


def beside_others(row, world, service, attack, *arguments):
    """attack(row, ...) while another caller works; then all is as before."""
    base = service.memory_kib()
    with Bystander(world, service) as bystander:
        attack(row, *arguments)
    row.check(service.process.poll() is None, "the server lives", service.log_text()[-1500:])
    with Api(SOCKET) as api:
        row.check(api.serving(), "is serving")
    # The address that attacked may be refused for a while yet, and the channel tries it ever more rarely.
    row.check(device.wait_until(service.api.serving, 30), "serves the attacker's address again")
    bystander.verdict(row, base)


def attack_by_callers(row, address, number, turns):
    """In a process of its own: what it costs a caller to attack is not the server's doing."""
    command = [sys.executable, "-B", os.path.join(HERE, "callers.py"), address, str(number), str(turns)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=300, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    row.runs, row.note = row.runs + said["runs"], said["note"]
    row.failures += said["failures"]


def attack_by_mdns(row, what, seconds, corpus):
    row.run()
    path = os.path.join(device.SCRATCH, "attacker.log")
    with open(path, "wb") as log:
        device.in_app("evil", "/usr/bin/python3", "-B", os.path.join(HERE, "mdns_attacker.py"), what, str(seconds), corpus, log=log).wait(seconds + 30)
    with open(path, encoding="utf-8") as text:
        said = text.read().strip()
    row.check(said.isdigit() and int(said) > 20, "packets were sent", said)
    row.note = "%s packets" % said


# An App on the bridge may say that it is the store: nothing in mDNS tells who is right.
BELIEVABLE = {"an_impostor_on_the_link", "captured_messages_with_bits_flipped"}


def check_the_store(row, service, what):
    """What was said about the store's name is forgotten, or was never believed."""
    addresses = []

    def found():
        try:
            reply = service.api.resolve(STEADY, bypass_cache=True)
            addresses[:] = [e.address for e in reply.endpoints]
            return STEADY_ADDRESS in addresses
        except grpc.RpcError as error:
            addresses[:] = [reason_of(error)]
            return False

    row.check(device.wait_until(found, 20), "the attacked host is found again", addresses)
    useless = set(mdns_attacker.USELESS + mdns_attacker.USELESS6) & set(addresses)
    row.check(not useless, "no address is used that cannot be right", useless)
    if what not in BELIEVABLE:
        row.check(mdns_attacker.IMPOSTOR not in addresses, "the lie is not believed", addresses)


def mdns(row, world, service, what, seconds, corpus):
    beside_others(row, world, service, attack_by_mdns, what, seconds, corpus)
    check_the_store(row, service, what)
    image = Image(Store("steady"), "attacked", MIB, world.seed, STEADY)
    name = "attacked-" + what
    service.api.start_download(**image.request(name, name))
    download = service.api.await_end(name, 30)
    if download.state not in ENDED:
        service.api.cancel(name, discard=True)
    row.check(download.state == pb.Download.STATE_COMPLETED, "a download from the attacked host completes", "%s %s" % (reason_of_status(download.error), download.error.message))
    check_files(row, service, {}, {name: image.sha256})
    service.api.remove(name, delete=True)


def outcome(download, expected):
    if download.state == pb.Download.STATE_COMPLETED:
        return "completes"
    # An attempt that failed leaves its reason there, while the next one is waited for or runs.
    if download.state == pb.Download.STATE_FAILED or expected != {"completes"}:
        return reason_of_status(download.error)
    return None


def web(tally, world, service, app, bystander, quick):
    """Each misbehaviour is a row of its own; many run at the same time."""
    names = [name for name in sorted(misbehaviours.EXPECTED) if not (quick and name in misbehaviours.SLOW)]
    results = {}

    def attack(row):
        for begin in range(0, len(names), 32):
            batch = names[begin : begin + 32]
            requests = {name: app.request(name, name) for name in batch}
            for name in batch:
                row.run()
                service.api.start_download(**requests[name])
            for name in batch:
                expected = misbehaviours.EXPECTED[name]
                patience = 100 if name in misbehaviours.SLOW else 40
                results[name] = device.wait_until(lambda n=name, e=expected: outcome(service.api.status(n)[0], e), patience)
                row.check(results[name] in expected, name, "%s, not one of %s: %s" % (results[name], sorted(expected), service.api.status(name)[0].error.message))
                if service.api.status(name)[0].state not in ENDED:
                    service.api.cancel(name, discard=True)
            right = {n: requests[n]["sha256"] for n in batch if results[n] == "completes"}
            # What ends as too large may be kept for a later request that allows more.
            kept = {n: requests[n]["sha256"] for n in batch if results[n] != "completes"}
            check_files(row, service, right, kept, {"bystander": bystander.sha256})
            for name in batch:
                service.api.remove(name, delete=True)

    tally.measure("web server: %d misbehaviours" % len(names), lambda row: beside_others(row, world, service, attack))
    return results


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    given.count = 0
    return given


QUICK_MDNS = ["captured_messages_with_bits_flipped", "pointer_chains", "ever_new_names", "useless_addresses_of_the_store", "farewells_of_the_store", "spoofed_from_the_device_itself", "an_impostor_on_the_link"]


def main():
    given = options()
    tally = Tally("Hostile peers")
    world = World(given, Store())
    # The bystanders' own App has the same image.
    camera = World(given, Store("camera"))
    bystander = camera.image("bystander", MIB)
    image = world.image("scripted", 300_000)
    device.lab("app", "add", "evil", "evil", "bn1", "10.1.0.66", "avahi=no")
    device.lab("app", "add", "steady", "steady", "bn1", STEADY_ADDRESS, "avahi=no")
    responder = device.in_app("steady", "/usr/bin/python3", "-B", os.path.join(HERE, "steady_responder.py"), STEADY, STEADY_ADDRESS)
    corpus = os.path.join(os.getcwd(), "testing/fuzz/corpus/dns_message")
    attacks = QUICK_MDNS if given.quick else list(mdns_attacker.ATTACKS) + list(mdns_attacker.SPOOFS)
    results = {}
    with ScriptedApp(os.path.join(world.store.root, image.name), os.path.join(HERE, "misbehaviours.py")) as app, Service("hostile", *FLAGS) as service:
        service.api.resolve(CAMERA)
        idle_files, idle_memory = len(service.open_files()), service.memory_kib()
        if given.only in "web server":
            results = web(tally, world, service, app, bystander, given.quick)
        for number, (name, _, many, few) in enumerate(callers.CASES):
            if given.only in "caller: " + name:
                turns = few if given.quick else many
                tally.measure("caller: " + name, lambda row, n=number, t=turns: beside_others(row, world, service, attack_by_callers, service.address, n, t))
        for what in attacks:
            name = "mDNS: " + what.replace("_", " ")
            if given.only in name:
                tally.measure(name, lambda row, w=what: mdns(row, world, service, w, 0.7 if given.quick else 4, corpus))

        def nothing_is_left(row):
            row.run()
            row.check(device.wait_until(lambda: len(service.open_files()) <= idle_files + 16, 30), "no descriptor leaks", "%d, before %d" % (len(service.open_files()), idle_files))
            device.wait_until(lambda: not os.listdir(service.images), 5)
            check_files(row, service, {})
            row.note = "memory %.0f MiB, %.0f before, %.0f at most" % (service.memory_kib() / 1024, idle_memory / 1024, service.memory_kib("VmHWM:") / 1024)

        tally.measure("nothing is left behind", nothing_is_left)
    device.end(responder)
    head = ["seed %d%s" % (given.seed, ", quick" if given.quick else "")]
    if results:
        head.append("What a download from each web server ended with, or went on trying after:")
        head += ["  %-40s %s" % (name, result) for name, result in results.items()]
    return tally.finish(head)


sys.exit(main())
