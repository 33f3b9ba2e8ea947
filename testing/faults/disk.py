"""What the server writes fails: no room, errors, short writes, a full file system; and the order of what it makes durable."""

import os
import re
import signal
import subprocess
import threading
import time

import grpc

import device
import fault_page
from api import pb, reason_of, reason_of_status
from fault_page import FaultPage
from service import Service
from store import MIB
from world import check_closed, check_completed, check_files, check_known, forget

# kind, how many in a million, up to how many go well before, the reasons it may end with.
KINDS = [
    ("ENOSPC on write", fault_page.WRITE_NO_SPACE, 80_000, 16, {"NO_SPACE"}),
    ("EDQUOT on write", fault_page.WRITE_QUOTA, 80_000, 16, {"NO_SPACE"}),
    ("EIO on write", fault_page.WRITE_ERROR, 80_000, 16, {"STORAGE_FAILED"}),
    ("EIO on fsync or fdatasync", fault_page.SYNC_ERROR, 600_000, 2, {"STORAGE_FAILED"}),
    ("EIO on rename", fault_page.RENAME_ERROR, 800_000, 1, {"STORAGE_FAILED"}),
    ("short writes", fault_page.WRITE_SHORT, 500_000, 20, set()),
]


def end_of(service, request):
    """The last snapshot of a download, and the reason that the stream ended with."""
    last, reason = None, ""
    try:
        for message in service.api.download(rpc_timeout=120, **request):
            last = message.download
    except grpc.RpcError as error:
        reason = reason_of(error)
    return last, reason


def writes_of_images_fail(row, world, kind):
    name, bit, per_million, skip, reasons = kind
    rng = world.random(name)
    image = world.image("disk", 32 * MIB + 77)
    service = Service("disk-%d" % bit)
    page = FaultPage("disk-%d" % bit, service.images)
    service.environment = page.environment()
    struck = 0
    with service:
        files = len(service.open_files())
        for number in range(world.count(40, 2)):
            row.run()
            request = image.request("disk-%d" % number, "disk-%d" % number)
            page.set(injected=0, seed=rng.getrandbits(32), per_million=per_million, skip=rng.randint(0, skip), kinds=bit)
            last, reason = end_of(service, request)
            hit = page.get("injected") > 0
            struck += hit
            page.clear()
            if last is not None and last.state == pb.Download.STATE_COMPLETED:
                # A record or a log that could not be written may cost nothing; the image must be whole.
                check_files(row, service, {request["destination"]: image.sha256})
            else:
                row.check(hit and reason in reasons, "right reason in the error", "%r, not one of %s: %s" % (reason, reasons, last))
                row.check(last is not None and reason_of_status(last.error) == reason, "the same reason in the download", last)
                left = {request["destination"]: image.sha256}
                check_files(row, service, {}, left)
            # The disk is well again: what was asked for is to be had.
            last, reason = end_of(service, request)
            row.check(reason == "", "completes when the disk is well again", reason)
            check_files(row, service, {request["destination"]: image.sha256})
            row.check(service.api.serving(), "is serving")
            forget(service, request["download_id"])
            check_files(row, service, {})
        check_closed(row, service, files)
    row.note = "%d struck" % struck
    row.check(struck > 0 or world.options.quick, "a fault was met")


def writes_of_the_store_fail(row, world):
    """The job store's disk: what is accepted stays, what cannot be kept is refused."""
    rng = world.random("store")
    image = world.image("disk", 32 * MIB + 77)
    service = Service("store-faults")
    page = FaultPage("store-faults", service.state)
    service.environment = page.environment()
    refused = 0
    service.start()
    for number in range(world.count(40, 2)):
        row.run()
        name = "store-%d" % number
        request = image.request(name, name)
        bit, reasons = rng.choice([(fault_page.WRITE_NO_SPACE, {"NO_SPACE"}), (fault_page.WRITE_ERROR, {"STORAGE_FAILED"}), (fault_page.SYNC_ERROR, {"STORAGE_FAILED"})])
        page.set(injected=0, seed=rng.getrandbits(32), per_million=rng.choice([200_000, 1_000_000]), skip=rng.randint(0, 12), kinds=bit)
        last, reason = end_of(service, request)
        accepted = last is not None
        if not accepted:
            refused += 1
            row.check(reason in reasons | {"STORAGE_FAILED"}, "right reason in the refusal", reason)
        else:
            row.check(last.state == pb.Download.STATE_COMPLETED, "a download goes on while the store cannot be written", "%s %s" % (last, reason))
        page.clear()
        if accepted and rng.random() < 0.5:
            service.kill()
            service.start()
            check_known(row, service, name)
        last, reason = end_of(service, request)
        row.check(reason == "" and last.state == pb.Download.STATE_COMPLETED, "completes when the disk is well again", reason)
        check_files(row, service, {name: image.sha256})
        forget(service, name)
    check_files(row, service, {})
    service.terminate()
    row.note = "%d refused" % refused


def full_file_system(row, world):
    """A tmpfs that is smaller than the image, then grows."""
    image = world.image("full", 48 * MIB + 3)
    for number, known in enumerate([True, False] * world.count(5, 1)):
        row.run()
        images = os.path.join(device.SCRATCH, "small-%d" % number)
        os.makedirs(images, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24M", "tmpfs", images], check=True)
        try:
            with Service("full-%d" % number, images=images) as service:
                fields = {"size_bytes": image.size} if known else {"max_bytes_per_second": 64 * MIB}
                # The room goes while it is downloading.
                filler = threading.Timer(0.3, fill, [images])
                if not known:
                    subprocess.run(["mount", "-o", "remount,size=64M", images], check=True)
                    filler.start()
                request = image.request("full", "full", **fields)
                last, reason = end_of(service, request)
                if not known:
                    # Else it would go on to fill the room that is made below.
                    filler.join()
                row.check(reason == "NO_SPACE", "right reason in the error", "%s %s" % (reason, last))
                check_files(row, service, {}, {"full": image.sha256}, {"ballast": None})
                row.check(service.api.serving(), "is serving")
                if os.path.exists(os.path.join(images, "ballast")):
                    os.remove(os.path.join(images, "ballast"))
                subprocess.run(["mount", "-o", "remount,size=128M", images], check=True)
                last, reason = end_of(service, request)
                row.check(reason == "", "completes when there is room again", reason)
                check_files(row, service, {"full": image.sha256})
        finally:
            subprocess.run(["umount", "-l", images], check=False)


def fill(folder):
    try:
        with open(os.path.join(folder, "ballast"), "wb") as out:
            while True:
                out.write(bytes(MIB))
    except OSError:
        pass


class Order:
    """What must be durable before what, in the log of one download's operations."""

    def __init__(self, row, operations, images, name, told_ns):
        self.row, self.images, self.name, self.told_ns = row, images, name, told_ns
        self.part = os.path.join(images, name + ".part")
        self.operations = [o for o in operations if o[3].startswith(os.path.join(images, name)) or o[3] == images]

    def check(self):
        writes = [o for o in self.operations if o[2] == "write" and o[3] == self.part and o[5] > 0]
        syncs = [o for o in self.operations if o[2] in ("fsync", "fdatasync") and o[3] == self.part and o[5] == 0]
        commits = [o for o in self.operations if o[2] == "rename" and o[3] == self.part and o[5] == 0]
        if not self.row.check(len(commits) == 1, "one rename to the final name", len(commits)):
            return 0
        commit = commits[0]
        last_write = max(o[1] for o in writes)
        self.row.check(any(o[0] >= last_write and o[1] <= commit[0] for o in syncs), "the file is synced after its last write and before the rename")
        directory = [o for o in self.operations if o[2] == "fsync" and o[3] == self.images and o[5] == 0 and o[0] >= commit[1]]
        if self.row.check(directory, "the directory is synced after the rename"):
            self.row.check(directory[0][1] <= self.told_ns, "completed is told after that", "%d ns too early" % (directory[0][1] - self.told_ns))
        return self._check_records(writes, syncs)

    def _check_records(self, writes, syncs):
        """A record promises only bytes that were synced before, and is itself durable before it gets its name."""
        new = self.part + ".resume.new"
        records = [o for o in self.operations if o[2] == "rename" and o[3] == new and o[5] == 0]
        for record in records:
            before = [s for s in syncs if s[1] <= record[0]]
            covered = [(w[4], w[4] + w[5]) for w in writes if any(w[1] <= s[0] for s in before)]
            self.row.check(contiguous(covered) >= record[4], "a record promises only what is durable", "%d of %d" % (contiguous(covered), record[4]))
            own = [o for o in self.operations if o[2] == "fdatasync" and o[3] == new and o[5] == 0 and o[1] <= record[0]]
            self.row.check(own, "the record is synced before it gets its name")
        return len(records)


def contiguous(ranges):
    end = 0
    for begin, finish in sorted(ranges):
        if begin > end:
            break
        end = max(end, finish)
    return end


def durability_order(row, world):
    """By the log of what the server did, with every sync made slow, so that one that was left out shows."""
    image = world.image("order", 96 * MIB + 9)
    service = Service("order")
    page = FaultPage("order", service.images, log=True)
    service.environment = page.environment()
    records = 0
    with service:
        for number in range(world.count(10, 1)):
            row.run()
            name = "order-%d" % number
            page.set(sync_delay_us=150_000)
            told = 0
            for message in service.api.download(rpc_timeout=120, **image.request(name, name, max_bytes_per_second=32 * MIB)):
                if message.download.state == pb.Download.STATE_COMPLETED:
                    told = time.monotonic_ns()
            row.check(told > 0, "completes")
            records += Order(row, page.operations(), service.images, name, told).check()
            forget(service, name)
    row.check(records > 0, "a resume record was seen")
    row.note = "%d resume records seen" % records


def durability_order_by_strace(row, world):
    """The same without the library between: strace's own account of the system calls."""
    image = world.image("order", 96 * MIB + 9)
    service = Service("strace")
    trace = os.path.join(device.SCRATCH, "strace.log")
    program = service.command()
    service.command = lambda: ["strace", "-f", "-y", "-qq", "-ttt", "-o", trace, "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,pwrite64", "-e", "signal=none", *program]
    service.start(60)
    row.run()
    service.api.start_download(**image.request("traced", "traced"))
    check_completed(row, service, "traced")
    service.api.channel.close()
    for child in service.children():
        os.kill(int(child), signal.SIGTERM)
    service.process.wait(60)
    with open(trace, encoding="utf-8", errors="replace") as lines:
        calls = [line for line in lines if service.images in line or "<unfinished" in line or "resumed>" in line]
    part = re.escape(os.path.join(service.images, "traced.part"))
    writes = [i for i, c in enumerate(calls) if re.search(r"pwrite64\(\d+<%s>" % part, c)]
    syncs = [i for i, c in enumerate(calls) if re.search(r"fdatasync\(\d+<%s>" % part, c)]
    renames = [i for i, c in enumerate(calls) if re.search(r'rename(at2?)?\(.*"traced\.part", .*"traced"', c)]
    directories = [i for i, c in enumerate(calls) if re.search(r"fsync\(\d+<%s>" % re.escape(service.images), c)]
    row.check(writes and syncs and len(renames) == 1, "strace saw writes, syncs and one rename", "%d %d %d" % (len(writes), len(syncs), len(renames)))
    if writes and syncs and renames:
        row.check(writes[-1] < syncs[-1] < renames[0], "last write, fdatasync, rename", (writes[-1], syncs[-1], renames[0]))
        row.check(directories and directories[-1] > renames[0], "fsync of the directory after the rename")


def cases(quick):
    kinds = [kind for kind in KINDS if not quick or kind[1] != fault_page.WRITE_QUOTA]
    found = [("images: " + kind[0], writes_of_images_fail, kind) for kind in kinds]
    found += [
        ("store: ENOSPC and EIO", writes_of_the_store_fail),
        ("a full tmpfs", full_file_system),
        ("order of what is made durable", durability_order),
    ]
    if not quick:
        found.append(("order of what is made durable, by strace", durability_order_by_strace))
    return found


__all__ = ["cases"]
