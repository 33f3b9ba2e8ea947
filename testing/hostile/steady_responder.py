#!/usr/bin/python3
"""Answers for one host, whatever else is said about it: steady_responder.py HOST ADDRESS.

avahi-daemon gives its name up when another App claims it.
"""

import contextlib
import socket
import struct
import sys

import dns

GROUP, PORT = "224.0.0.251", 5353


def main():
    host, address = sys.argv[1], sys.argv[2]
    asked = dns.name(host)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            server.setsockopt(socket.SOL_SOCKET, option, 1)
        server.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        server.bind(("", PORT))
        server.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(address))
        while True:
            with contextlib.suppress(OSError):
                data, (source, port) = server.recvfrom(9000)
                is_question = len(data) > 12 and data[2] & 0x80 == 0 and source != address
                if not is_question or asked not in data.lower():
                    continue
                if port == PORT:
                    server.sendto(dns.message(dns.address(host, address)), (GROUP, PORT))
                else:
                    ident = struct.unpack(">H", data[:2])[0]
                    answer = dns.address(host, address, ttl=10, klass=1)
                    server.sendto(dns.message(answer, questions=[dns.question(host, dns.A)], ident=ident), (source, port))


main()
