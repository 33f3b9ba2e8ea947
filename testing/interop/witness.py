"""Listens to the mDNS traffic of bridges, to tell what was really sent there."""

import contextlib
import socket
import struct
import threading

import zeroconf

GROUP, PORT = "224.0.0.251", 5353


class Witness:
    """Remembers for which hosts a goodbye (RFC 6762, section 10.1) for the address was multicast."""

    def __init__(self, bridges):
        self._goodbyes = set()
        self._lock = threading.Lock()
        self._sockets = [self._open(bridge) for bridge in bridges]
        for s in self._sockets:
            threading.Thread(target=self._listen, args=(s,), daemon=True).start()

    @staticmethod
    def _open(bridge):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, bridge.encode())
        s.bind((GROUP, PORT))
        member = struct.pack("4s4si", socket.inet_aton(GROUP), b"\0" * 4, socket.if_nametoindex(bridge))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        return s

    def _listen(self, s):
        while True:
            packet = s.recv(9000)
            with contextlib.suppress(Exception):
                for record in zeroconf.DNSIncoming(packet).answers:
                    if isinstance(record, zeroconf.DNSAddress) and record.ttl == 0:
                        with self._lock:
                            self._goodbyes.add(record.name.lower().rstrip("."))

    def forget(self, host):
        with self._lock:
            self._goodbyes.discard(host)

    def heard_goodbye(self, host):
        with self._lock:
            return host in self._goodbyes
