"""mDNS messages, right and wrong ones, as bytes."""

import socket
import struct

RESPONSE = 0x8400
A, CNAME, PTR, TXT, AAAA, SRV, OPT, NSEC = 1, 5, 12, 16, 28, 33, 41, 47
FLUSH = 0x8001


def name(text):
    labels = text.rstrip(".").split(".") if text else []
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def record(owner, kind, data, ttl=120, klass=FLUSH):
    owner = name(owner) if isinstance(owner, str) else owner
    return owner + struct.pack(">HHIH", kind, klass, ttl & 0xFFFFFFFF, len(data)) + data


def address(owner, ip, ttl=120, klass=FLUSH):
    if ":" in ip:
        return record(owner, AAAA, socket.inet_pton(socket.AF_INET6, ip), ttl, klass)
    return record(owner, A, socket.inet_aton(ip), ttl, klass)


def service(owner, target, port):
    return record(owner, SRV, struct.pack(">HHH", 0, 0, port) + name(target))


def question(owner, kind, klass=1):
    return name(owner) + struct.pack(">HH", kind, klass)


def message(*records, flags=RESPONSE, questions=(), ident=0, counts=None):
    counts = counts or (len(questions), len(records), 0, 0)
    return struct.pack(">HHHHHH", ident, flags, *counts) + b"".join(questions) + b"".join(records)
