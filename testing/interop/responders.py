"""mDNS responders of several makers, each in an App of its own."""

import os

import device

HERE = os.path.dirname(os.path.realpath(__file__))


class Responder:
    """An App whose host is HOST.local on one bridge.

    says_goodbye: does an orderly stop take the address back (TTL 0)?
    announces: does it tell of a new address before it is asked?
    """

    says_goodbye = True
    announces = True
    service = "_http._tcp"

    def __init__(self, label, app, bridge, host_number):
        self.label, self.app, self.bridge = label, app, bridge
        self.host = "interop-" + app
        network = "10.%s.0." % bridge[2:]
        self.address = network + str(host_number)
        self.new_address = network + str(host_number + 100)
        self.source = network + "1"

    def start(self):
        raise NotImplementedError

    def move(self):
        """Takes the new address, the way that this responder does it."""
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError


class Avahi(Responder):
    """avahi-daemon announces a new address by itself, without a goodbye for the old one."""

    def __init__(self, label, app, bridge, host_number, service, *settings):
        super().__init__(label, app, bridge, host_number)
        self.service, self.settings = service, settings

    def start(self):
        device.lab("app", "add", self.app, self.host, self.bridge, self.address, *self.settings)

    def move(self):
        device.lab("app", "address", self.app, self.new_address)

    def stop(self):
        device.lab("app", "avahi", self.app, "stop")


class Program(Responder):
    """A program that is restarted for a new address."""

    def __init__(self, label, app, bridge, host_number, says_goodbye=True, announces=True):
        super().__init__(label, app, bridge, host_number)
        self.says_goodbye, self.announces = says_goodbye, announces
        self._process = None

    def argv(self, address):
        raise NotImplementedError

    def _run(self, address):
        with open(os.path.join(device.SCRATCH, self.app + ".log"), "ab") as log:
            self._process = device.in_app(self.app, *self.argv(address), log=log)

    def start(self):
        device.lab("app", "add", self.app, self.host, self.bridge, self.address, "avahi=no")
        self._run(self.address)

    def move(self):
        self.stop()
        device.lab("app", "address", self.app, self.new_address)
        self._run(self.new_address)

    def stop(self):
        device.end(self._process)


class Zeroconf(Program):
    def argv(self, address):
        return ["/usr/bin/python3", os.path.join(HERE, "zeroconf_responder.py"), self.host, address]


class Bonjour(Program):
    def argv(self, address):
        return ["node", os.path.join(HERE, "bonjour_responder.js"), self.host, address]


class MulticastDns(Program):
    def argv(self, address):
        return ["node", os.path.join(HERE, "multicast_dns_responder.js"), self.host, address]


class Mdnsd(Program):
    def argv(self, address):
        # It calls itself by the name of the machine.
        run = 'hostname "$1"; mount -t tmpfs tmpfs /run; exec mdnsd -n -i eth0 "$2"'
        return ["unshare", "-u", "bash", "-euc", run, "mdnsd", self.host, os.path.join(HERE, "http.service")]
