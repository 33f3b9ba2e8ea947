#!/usr/bin/env python3
"""Writes the made-up seeds of the DNS fuzz targets: make_dns_corpus.py DIR.

Their names begin with "made_". Those beside them are named after the responder
that sent them: avahi-daemon 0.8, python3-zeroconf 0.47, mdnsd 0.12.
"""
import pathlib
import struct
import sys

A, CNAME, PTR, TXT, AAAA, SRV, OPT, NSEC, HTTPS = 1, 5, 12, 16, 28, 33, 41, 47, 65
FLUSH = 0x8001
HEADER = 12


def message(*parts, counts=(0, 1, 0, 0), flags=0x8400):
    return struct.pack(">6H", 0, flags, *counts) + b"".join(parts)


def label(text):
    return bytes([len(text)]) + text.encode()


def name(dotted):
    return b"".join(label(text) for text in dotted.split(".")) + b"\0"


def pointer(target):
    return struct.pack(">H", 0xC000 | target)


def record(owner, kind, data, klass=FLUSH, ttl=120):
    return owner + struct.pack(">HHIH", kind, klass, ttl, len(data)) + data


def address(last=5, owner=None):
    return record(owner or name("store.local"), A, bytes([10, 1, 0, last]))


def long_name():
    return b"".join(label("a" * 49) for _ in range(5)) + label("abc") + b"\0"


def growing_names(count):
    parts, previous, here = [], None, HEADER
    for _ in range(count):
        end = b"\0" if previous is None else pointer(previous)
        parts.append(record(label("x") + end, HTTPS, b""))
        previous, here = here, here + len(parts[-1])
    return message(*parts, counts=(0, count, 0, 0))


def bare_pointers(count):
    first = address()
    second = HEADER + len(first)  # its owner's name is a pointer, too
    data = second + len(record(pointer(HEADER), HTTPS, b""))
    places = [second] + [data + 2 * i for i in range(count)]
    chain = record(pointer(HEADER), HTTPS, b"".join(pointer(place) for place in places[:-1]))
    behind = [address(i, pointer(place)) for i, place in enumerate(places[1:])]
    return message(first, chain, *behind, counts=(0, 2 + count, 0, 0))


def seeds():
    host = pointer(HEADER)
    srv = struct.pack(">3H", 0, 0, 8080)
    types = b"\0\4\x40\0\0\x08"
    yield "empty", b""
    yield "header", message(counts=(0, 0, 0, 0))
    yield "half_header", message()[:7]
    yield "every_section", message(
        name("store.local") + b"\0\xff\x80\1", address(1), address(2), address(3), counts=(1, 1, 1, 1))
    yield "trailing_byte", message(address(), b"\0")
    yield "truncated_record", message(address(5), address(6)[:-2], counts=(0, 2, 0, 0))
    yield "malformed_https", message(
        address(5), record(host, HTTPS, b"\0\1\x3fx"), address(6), counts=(0, 3, 0, 0))
    yield "malformed_data", message(
        address(5), record(host, A, b"abc"), record(host, PTR, b""), record(host, SRV, srv),
        record(host, TXT, b"\5x"), record(host, NSEC, host + b"\0\x21"), record(host, PTR, host + b"!"),
        address(6), counts=(0, 8, 0, 0))
    yield "loop", message(address(5, pointer(HEADER)))
    yield "loop_in_data", message(record(name("a.local"), PTR, pointer(HEADER + 19)), address(), counts=(0, 2, 0, 0))
    yield "forward", message(address(5, pointer(HEADER + 16)), address(6), counts=(0, 2, 0, 0))
    yield "into_header", message(address(5, pointer(4)))
    yield "bare_pointers", bare_pointers(12)
    yield "growing_names", growing_names(12)
    yield "long_name", message(address(5, long_name()), record(host, PTR, host), counts=(0, 2, 0, 0))
    yield "too_long_name", message(address(5, long_name()), address(6, label("abcd") + host), counts=(0, 2, 0, 0))
    yield "reserved_label", message(address(5, b"\x40x\0"))
    yield "cname_and_srv", message(
        record(name("www.local"), CNAME, label("store") + pointer(HEADER + 4)),
        record(name("x._http._tcp.local"), SRV, srv + pointer(HEADER + 21)), counts=(0, 2, 0, 0))
    yield "txt_without_strings", message(record(name("x.local"), TXT, b""))
    yield "txt_of_empty_strings", message(record(name("x.local"), TXT, b"\0" * 300))
    yield "nsec_windows", message(record(name("x.local"), NSEC, host + types + b"\1\1\x40\xff\1\1"))
    yield "opt", message(b"\0" + struct.pack(">HHIH", OPT, 0x85A0, 0x1194, 6) + b"\0\4\0\2\0\x09", counts=(0, 0, 0, 1))
    yield "chaos", message(record(name("version.bind"), TXT, b"\x3f!", klass=3))
    yield "utf8_and_bytes", message(address(5, b"\6St\xc3\xbcbe\4\0.\\\xff\5local\0"))
    yield "known_answers", message(
        name("_http._tcp.local") + b"\0\x0c\0\1", record(host, PTR, label("x") + host, klass=1),
        record(host, PTR, label("y") + host, ttl=4500), counts=(1, 2, 0, 0), flags=0x0200)
    yield "counts_without_records", message(address(), counts=(0, 0xFFFF, 0xFFFF, 0xFFFF))


def main():
    folder = pathlib.Path(sys.argv[1])
    for title, content in seeds():
        (folder / f"made_{title}").write_bytes(content)


main()
