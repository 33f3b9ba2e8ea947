"""The job store is damaged, from a later version, or used by another server."""

import os
import shutil
import sqlite3
import subprocess

import grpc

from api import reason_of
from service import Service
from store import MIB
from world import check_completed, check_files

JOBS = 5


def damage_header(path, rng):
    with open(path, "r+b") as file:
        file.write(rng.randbytes(100))


def damage_pages(path, rng):
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        for _ in range(20):
            file.seek(rng.randrange(size))
            file.write(rng.randbytes(64))


def cut_short(path, rng):
    os.truncate(path, rng.randrange(1, os.path.getsize(path)))


def empty(path, _):
    os.truncate(path, 0)


def garbage(path, rng):
    with open(path, "wb") as file:
        file.write(rng.randbytes(200_000))


def text(path, _):
    with open(path, "w", encoding="utf-8") as file:
        file.write("this is no database\n" * 1000)


DAMAGES = [damage_header, damage_pages, cut_short, empty, garbage, text]


class Fixture:
    """A server with downloads that have completed."""

    def __init__(self, row, world, name):
        self.row, self.image = row, world.image("state", 3 * MIB + 1)
        self.service = Service(name)
        self.database = os.path.join(self.service.state, "jobs.db")
        self.names = ["%s-%d" % (name, i) for i in range(JOBS)]
        self.wanted = {n: self.image.sha256 for n in self.names}

    def fill(self):
        self.service.start()
        for name in self.names:
            self.service.api.start_download(**self.image.request(name, name))
            check_completed(self.row, self.service, name)
        self.service.terminate()


def transfers(store, names):
    return sum(len(store.requests(name)) for name in names)


def damaged(row, world):
    rng = world.random("damaged")
    kept = lost = 0
    for number in range(world.count(60, 6)):
        row.run()
        damage = DAMAGES[number % len(DAMAGES)]
        fixture = Fixture(row, world, "damaged-%d" % number)
        fixture.fill()
        damage(fixture.database, rng)
        service = fixture.service
        service.start()
        row.check(service.api.serving(), "serves after " + damage.__name__)
        check_files(row, service, fixture.wanted)
        known = len(service.api.status())
        kept, lost = kept + known, lost + JOBS - known
        if known < JOBS:
            aside = [n for n in os.listdir(service.state) if ".damaged-" in n]
            row.check(aside or damage in (empty, damage_pages, cut_short), "what is damaged is set aside", "%s: %s" % (damage.__name__, os.listdir(service.state)))
        # Whatever was lost is had by asking again, and nothing is transferred for it.
        before = transfers(world.store, fixture.names)
        for name in fixture.names:
            try:
                service.api.start_download(**fixture.image.request(name, name))
                check_completed(row, service, name)
            except grpc.RpcError as error:
                row.check(False, "can be asked for again", "%s: %s" % (damage.__name__, reason_of(error)))
        row.check(transfers(world.store, fixture.names) == before, "the images that are there are used")
        check_files(row, service, fixture.wanted)
        service.kill()
        service.start()
        row.check(len(service.api.status()) == JOBS, "the new store keeps them", "%s: %d" % (damage.__name__, len(service.api.status())))
        service.terminate()
        shutil.rmtree(service.folder)
    row.note = "%d jobs kept, %d set aside with their store" % (kept, lost)


def of_a_later_version(row, world):
    for number in range(world.count(5, 1)):
        row.run()
        fixture = Fixture(row, world, "later-%d" % number)
        fixture.fill()
        database = sqlite3.connect(fixture.database)
        version = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute("PRAGMA user_version=%d" % (version + 1 + number))
        database.close()
        try:
            fixture.service.start()
            row.check(False, "refuses the store of a later version")
            fixture.service.terminate()
        except RuntimeError as error:
            row.check("STORAGE_FAILED" in str(error) and "later" in str(error), "right reason in the error", error)
        database = sqlite3.connect(fixture.database)
        row.check(database.execute("SELECT COUNT(*) FROM jobs").fetchone()[0] == JOBS, "leaves it as it is")
        database.execute("PRAGMA user_version=%d" % version)
        database.close()
        fixture.service.start()
        row.check(len(fixture.service.api.status()) == JOBS, "no job is lost")
        check_files(row, fixture.service, fixture.wanted)
        fixture.service.terminate()


def two_servers(row, world):
    for number in range(world.count(5, 1)):
        row.run()
        fixture = Fixture(row, world, "two-%d" % number)
        fixture.fill()
        service = fixture.service
        service.start()
        second = Service("two-%d" % number)
        second.log_path += ".second"
        process = subprocess.run([a if not a.startswith("--port_file") else "--port_file=" + second.log_path + ".port" for a in second.command()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        said = process.stdout.decode()
        row.check(process.returncode != 0, "the second one refuses to start")
        row.check("STORAGE_FAILED" in said and "another server" in said, "right reason in the error", said)
        row.check(service.api.serving() and len(service.api.status()) == JOBS, "the first one goes on")
        service.api.start_download(**fixture.image.request("after", "after"))
        check_completed(row, service, "after")
        check_files(row, service, {**fixture.wanted, "after": fixture.image.sha256})
        # When the first one is killed, the second may have the store at once.
        service.kill()
        second = Service("two-%d" % number)
        second.start()
        row.check(len(second.api.status()) == JOBS + 1, "no job is lost")
        second.terminate()


CASES = [("job store damaged", damaged), ("job store of a later version", of_a_later_version), ("two servers on one state directory", two_servers)]


