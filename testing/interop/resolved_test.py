"""systemd-resolved on the device asks by mDNS, too; it and the server both go on working."""

import sys

import device
from beside import ResolvedBeside
from report import Report

HOSTS = [("ubuntu-4321-http-server.local", "10.1.0.5"), ("camera-7.local", "10.3.0.9")]


def resolved_on_the_device_and_the_server_both_work(server, check):
    with ResolvedBeside() as resolved:
        for attempt in ("first", "second", "third"):
            for host, expected in HOSTS:
                address = resolved.resolve(host)
                check("resolvectl, %s: %s time" % (host, attempt), address == expected, address)
                reply = server.resolve(host, "--no_cache")
                check("localstored, %s: %s time" % (host, attempt), reply.ipv4 == [expected], reply)


def main():
    report = Report("systemd-resolved on the device")
    with device.Server() as server:
        test = resolved_on_the_device_and_the_server_both_work
        report.run(test.__name__, test, server)
    return report.finish()


sys.exit(main())
