"""What all faults have in common: images to fetch, and what must hold whatever happened."""

import hashlib
import os
import random

import grpc

import device
from api import ENDED, pb, reason_of, reason_of_status
from store import HOST, MIB

LEFTOVERS = (".part", ".part.resume", ".part.resume.new")


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while True:
            piece = file.read(MIB)
            if not piece:
                return digest.hexdigest()
            digest.update(piece)


class Image:
    """One image of the store."""

    def __init__(self, store, name, size, seed, host=HOST):
        self.name, self.size = name, size
        self.sha256 = store.image(name, size, seed)
        self.url = "http://%s/%s" % (host, name)

    def request(self, download_id, destination, **fields):
        """Its requests bear the destination, behind the question mark."""
        return {"download_id": download_id, "url": "%s?%s" % (self.url, destination), "sha256": self.sha256, "destination": destination, **fields}


class World:
    """The seed, and checks that hold after every fault."""

    def __init__(self, options, store):
        self.options, self.store, self.seed = options, store, options.seed

    def random(self, name):
        return random.Random("%s %s" % (name, self.seed))

    def count(self, full, quick):
        return self.options.count or (quick if self.options.quick else full)

    def image(self, name, size):
        return Image(self.store, name, size, self.seed)


def check_others_file(row, path, destination, sha256):
    """Right when it is whole; its owner may remove it at any moment."""
    if destination.endswith(LEFTOVERS):
        return
    try:
        digest = digest_of(path)
    except FileNotFoundError:
        return
    row.check(sha256 in (None, digest), "no wrong file at another's destination", destination)


def check_files(row, service, wanted, unfinished=(), others=()):
    """At every destination the right bytes or none; nothing else but what unfinished downloads need.

    wanted: {destination: sha256}, those that must be there. unfinished: those that may be, half done
    or whole. others: {beginning of the names of files that are somebody else's: sha256, or None when
    those are no downloads}.
    """
    there = set()
    for folder, _, names in os.walk(service.images):
        for name in names:
            path = os.path.join(folder, name)
            destination = os.path.relpath(path, service.images)
            other = next((beginning for beginning in others if destination.startswith(beginning)), None)
            if other is not None:
                check_others_file(row, path, destination, others[other])
                continue
            if destination.endswith(LEFTOVERS):
                owner = destination[: destination.index(".part")]
                row.check(owner in unfinished, "no file is left behind", destination)
                continue
            there.add(destination)
            expected = wanted.get(destination) or dict(unfinished).get(destination)
            row.check(expected is not None, "no file appears that nobody asked for", destination)
            row.check(expected is None or digest_of(path) == expected, "no wrong file at a destination", destination)
    for destination in wanted:
        row.check(destination in there, "what is completed is there", destination)


def check_closed(row, service, files_before):
    """No descriptor of an image stays open once nothing is under way, and no other either."""
    closed = device.wait_until(lambda: not service.image_files_open(), 10)
    row.check(closed, "no image file stays open", service.image_files_open())
    few = device.wait_until(lambda: len(service.open_files()) <= files_before + 8, 10)
    row.check(few, "no file descriptor leaks", "%d, before %d: %s" % (len(service.open_files()), files_before, service.open_files()))
    row.check(not service.children(), "no child process", service.children())


def check_known(row, service, download_id):
    """The download; None when the server has lost it."""
    try:
        downloads = service.api.status(download_id)
    except grpc.RpcError as error:
        row.check(False, "no job is lost", "%s: %s" % (download_id, reason_of(error)))
        return None
    row.check(len(downloads) == 1, "no job is lost", download_id)
    return downloads[0] if downloads else None


def check_completed(row, service, download_id, timeout=120):
    """Waits for the end, which must be a good one."""
    download = service.api.await_end(download_id, timeout)
    good = download.state == pb.Download.STATE_COMPLETED
    row.check(good, "completes", "%s: %s %s %s" % (download_id, pb.Download.State.Name(download.state), reason_of_status(download.error), download.error.message))
    return good


def await_bytes(service, download_id, received, timeout=60):
    """Until so many bytes have been received; False when the download ended before."""

    def look():
        download = service.api.status(download_id)[0]
        return download.received_bytes >= received or download.state in ENDED

    device.wait_until(look, timeout, 0.02)
    return service.api.status(download_id)[0].state not in ENDED


def forget(service, *ids):
    for download_id in ids:
        service.api.remove(download_id, delete=True)
