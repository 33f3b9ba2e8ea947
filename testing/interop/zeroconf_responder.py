"""zeroconf_responder.py HOST ADDRESS: advertises HOST._http._tcp at HOST.local by python3-zeroconf."""

import signal
import socket
import sys
import threading

from zeroconf import IPVersion, ServiceInfo, Zeroconf


def main():
    host, address = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    zeroconf = Zeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
    zeroconf.register_service(
        ServiceInfo(
            "_http._tcp.local.",
            host + "._http._tcp.local.",
            addresses=[socket.inet_aton(address)],
            port=80,
            properties={"path": "/"},
            server=host + ".local.",
        )
    )
    stop.wait()
    zeroconf.unregister_all_services()
    zeroconf.close()


main()
