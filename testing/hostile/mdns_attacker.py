#!/usr/bin/python3
"""An App that sends mDNS as no App should: mdns_attacker.py ATTACK SECONDS CORPUS; prints how many packets it sent."""

import contextlib
import os
import random
import socket
import struct
import sys
import time

import dns

GROUP, PORT = "224.0.0.251", 5353
STORE = "steady.local"
SERVICE, INSTANCE = "_http._tcp.local", "evil._http._tcp.local"
TO_FIRST_NAME = b"\xc0\x0c"
# Not on the link, or nothing that one could connect to.
USELESS = ["8.8.8.8", "127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.251", "10.1.0.1", "10.1.0.0", "10.1.0.255", "169.254.1.1", "10.3.0.9"]
USELESS6 = ["::1", "::", "ff02::fb", "::ffff:127.0.0.1", "2001:db8::1", "fd00:1::1"]
IMPOSTOR = "10.1.0.250"

ATTACKS = {}


def attack(function):
    ATTACKS[function.__name__] = function
    return function


@attack
def random_bytes(rng, _):
    return rng.randbytes(rng.choice([0, 1, 11, 12, 13, 40, 500, 1472]))


@attack
def random_bytes_behind_a_header(rng, _):
    return dns.message(rng.randbytes(rng.randint(0, 1400)), counts=tuple(rng.randint(0, 65535) for _ in range(4)))


@attack
def captured_messages(rng, corpus):
    return rng.choice(corpus)


@attack
def captured_messages_cut_short(rng, corpus):
    packet = rng.choice(corpus)
    return packet[: rng.randint(0, len(packet))]


@attack
def captured_messages_with_bits_flipped(rng, corpus):
    packet = bytearray(rng.choice(corpus))
    for _ in range(rng.randint(1, 8) if packet else 0):
        packet[rng.randrange(len(packet))] ^= 1 << rng.randrange(8)
    return bytes(packet)


@attack
def pointer_loops(rng, _):
    loops = [b"\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\x01a\xc0\x0c", b"\xc0\x10\x00\x00\xc0\x0c", b"\xff\xff"]
    return dns.message(dns.record(rng.choice(loops), rng.choice([dns.A, dns.PTR, dns.SRV]), rng.choice(loops)))


@attack
def pointer_chains(_, __):
    chain = b"".join(struct.pack(">H", 0xC000 | (12 + 2 * max(0, i - 1))) for i in range(4000))
    return dns.message(chain, counts=(0, 600, 0, 0))


@attack
def counts_of_65535(_, __):
    return dns.message(dns.address(STORE, "10.1.0.67"), counts=(65535, 65535, 65535, 65535))


@attack
def names_of_255_bytes(rng, _):
    label = "".join(rng.choice("abcdefgh") for _ in range(63))
    return dns.message(dns.address(".".join([label, label, label, "local"]), "10.1.0.67"), dns.record(SERVICE, dns.PTR, dns.name(".".join([label] * 3))))


@attack
def names_beyond_255_bytes(_, __):
    return dns.message(dns.address(".".join(["x" * 63] * 20), "10.1.0.67"))


@attack
def giant_packets(rng, _):
    return dns.message(*[dns.record("%d.local" % rng.getrandbits(40), dns.TXT, rng.randbytes(1000)) for _ in range(58)])


@attack
def hundreds_of_records(rng, _):
    return dns.message(*[dns.record(TO_FIRST_NAME if i else "a.local", dns.A, rng.randbytes(4)) for i in range(500)])


@attack
def ever_new_names(rng, _):
    return dns.message(*[dns.address("%x.local" % rng.getrandbits(64), "10.1.0.%d" % rng.randint(2, 254), ttl=0x7FFFFFFF) for _ in range(40)])


@attack
def ever_new_services(rng, _):
    made = ["%x.%s" % (rng.getrandbits(64), SERVICE) for _ in range(10)]
    return dns.message(*[r for m in made for r in (dns.record(SERVICE, dns.PTR, dns.name(m)), dns.service(m, "evil.local", 80), dns.record(m, dns.TXT, b"\x03a=b"))])


@attack
def ever_new_addresses_of_the_store(rng, _):
    return dns.message(*[dns.address(STORE, "10.9.%d.%d" % (rng.randrange(256), rng.randrange(256)), klass=1) for _ in range(40)])


@attack
def aliases_in_a_circle(_, __):
    circle = [(STORE, "a.local"), ("a.local", "b.local"), ("b.local", STORE), ("c.local", "c.local")]
    return dns.message(*[dns.record(owner, dns.CNAME, dns.name(target)) for owner, target in circle])


@attack
def services_that_name_themselves(_, __):
    return dns.message(dns.record(SERVICE, dns.PTR, dns.name(SERVICE)), dns.service(INSTANCE, INSTANCE, 0), dns.record(INSTANCE, dns.PTR, dns.name(INSTANCE)))


@attack
def useless_addresses_of_the_store(rng, _):
    return dns.message(*[dns.address(STORE, ip, klass=1) for ip in rng.sample(USELESS, 4) + rng.sample(USELESS6, 2)])


@attack
def farewells_of_the_store(_, __):
    return dns.message(dns.address(STORE, "10.1.0.67", ttl=0))


@attack
def denials_of_the_store(_, __):
    return dns.message(dns.record(STORE, dns.NSEC, dns.name(STORE) + b"\x00\x01\x00"))


@attack
def broken_denials(rng, _):
    return dns.message(dns.record(STORE, dns.NSEC, dns.name(STORE) + rng.randbytes(rng.randint(0, 40))))


@attack
def wrong_lengths_of_data(rng, _):
    kind, size = rng.choice([(dns.A, 3), (dns.A, 5), (dns.AAAA, 4), (dns.SRV, 5), (dns.SRV, 6), (dns.PTR, 0), (dns.TXT, 0)])
    return dns.message(dns.record(STORE, kind, rng.randbytes(size)))


@attack
def data_behind_the_end(_, __):
    return dns.message(dns.name(STORE) + struct.pack(">HHIH", dns.A, 1, 120, 60000) + b"\x0a\x01")


@attack
def error_codes_and_other_opcodes(rng, _):
    return dns.message(dns.address(STORE, IMPOSTOR), flags=0x8400 | rng.choice([1, 2, 3, 5, 15, 0x0800, 0x2800, 0x7800]))


@attack
def other_classes(_, __):
    return dns.message(dns.address(STORE, IMPOSTOR, klass=3), dns.address(STORE, IMPOSTOR, klass=254))


@attack
def questions_with_known_answers(rng, _):
    known = [dns.record("%x.local" % rng.getrandbits(32), dns.A, rng.randbytes(4)) for _ in range(50)]
    return dns.message(*known, flags=0x0200, questions=[dns.question(STORE, 255)])


@attack
def ever_new_questions(rng, _):
    return dns.message(questions=[dns.question("%x.local" % rng.getrandbits(32), 255, 0x8001) for _ in range(60)], flags=0)


@attack
def lifetimes_beyond_all_bounds(_, __):
    return dns.message(dns.address("eternal.local", "10.1.0.99", ttl=0xFFFFFFFF), dns.record("eternal.local", dns.OPT, b"", ttl=0xFFFFFFFF))


@attack
def names_of_control_characters(rng, _):
    label = bytes(rng.choice([0, 7, 8, 10, 13, 27, 46, 92, 127, 255]) for _ in range(20))
    owner = bytes([len(label)]) + label + b"\x05local\0"
    return dns.message(dns.record(owner, dns.A, b"\x0a\x01\x00\x63"), dns.record(SERVICE, dns.PTR, owner))


@attack
def an_impostor_on_the_link(_, __):
    return dns.message(dns.address(STORE, IMPOSTOR, klass=1))


def udp(source, destination, source_port, data):
    length = 8 + len(data)
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0, 255, 17, 0, socket.inet_aton(source), socket.inet_aton(destination))
    return header + struct.pack(">HHHH", source_port, PORT, length, 0) + data


def spoofed(source, source_port=PORT, destination=GROUP):
    return lambda raw, _, data: raw.sendto(udp(source, destination, source_port, data), (destination, 0))


# One lie, under false flags.
LIE = dns.message(dns.address(STORE, IMPOSTOR, klass=1))
SPOOFS = {
    "spoofed_from_another_network": spoofed("192.0.2.7"),
    "spoofed_from_another_bridge": spoofed("10.2.0.7"),
    "spoofed_from_the_device_itself": spoofed("10.1.0.1"),
    "spoofed_from_loopback": spoofed("127.0.0.1"),
    "spoofed_from_broadcast": spoofed("255.255.255.255"),
    "from_another_port": spoofed("10.1.0.66", 40000),
    "spoofed_by_unicast": spoofed("192.0.2.7", PORT, "10.1.0.1"),
    "unasked_by_unicast": lambda _, plain, data: plain.sendto(data, ("10.1.0.1", PORT)),
}


def sockets():
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        plain.setsockopt(socket.SOL_SOCKET, option, 1)
    plain.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    plain.bind(("", PORT))
    return raw, plain


def main():
    what, seconds = sys.argv[1], float(sys.argv[2])
    corpus = []
    for name in sorted(os.listdir(sys.argv[3])):
        with open(os.path.join(sys.argv[3], name), "rb") as file:
            corpus.append(file.read())
    send = SPOOFS.get(what, lambda _, plain, data: plain.sendto(data, (GROUP, PORT)))
    make = ATTACKS.get(what, lambda *_: LIE)
    rng = random.Random(what)
    raw, plain = sockets()
    sent, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            send(raw, plain, make(rng, corpus))
            sent += 1
        if sent % 20 == 0:
            time.sleep(0.002)
    print(sent)


if __name__ == "__main__":
    main()
