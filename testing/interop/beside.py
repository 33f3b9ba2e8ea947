"""Other resolvers that run on the device itself: avahi-daemon, systemd-resolved."""

import os
import subprocess

import device

UNPACKED_RESOLVED = os.path.join(os.path.dirname(os.path.realpath(__file__)), "resolved")

# The system's own configuration changes to a user that a user namespace lacks.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true"/>
    <allow receive_type="method_call"/>
    <allow receive_type="signal"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
  </policy>
</busconfig>
"""

AVAHI = """[server]
host-name=device
use-ipv4=yes
use-ipv6=yes
enable-dbus=yes
allow-interfaces={interfaces}
[wide-area]
enable-wide-area=no
"""

RESOLVED = """[Resolve]
MulticastDNS=yes
LLMNR=no
DNS=127.0.0.9
FallbackDNS=
DNSStubListener=no
"""

# $1: the folder with the configurations; $2: where systemd-resolved is unpacked.
BUS_AND_USERS = """
mount -t tmpfs tmpfs /run
mkdir -p /run/dbus /run/systemd/resolve /run/etc-systemd
sed 's/^avahi:\\([^:]*\\):[0-9]*:[0-9]*:/avahi:\\1:0:0:/' /etc/passwd >/run/passwd
sed -i /^systemd-resolve:/d /run/passwd
echo systemd-resolve:x:0:0::/:/usr/sbin/nologin >>/run/passwd
sed 's/^avahi:\\([^:]*\\):[0-9]*:/avahi:\\1:0:/' /etc/group >/run/group
mount --bind /run/passwd /etc/passwd
mount --bind /run/group /etc/group
trap 'kill $(jobs -p); wait' TERM
dbus-daemon --config-file="$1/bus.conf" --nopidfile --nofork &
for _ in {1..500}; do [[ ! -S /run/dbus/system_bus_socket ]] || break; sleep 0.02; done
"""

RUN_AVAHI = """
avahi-daemon --no-drop-root --no-chroot --no-rlimits --no-proc-title -f "$1/avahi.conf" &
wait
"""

RUN_RESOLVED = """
cp "$1/resolved.conf" /run/etc-systemd/resolved.conf
mount --bind /run/etc-systemd /etc/systemd
"$2/lib/systemd/systemd-resolved" &
for _ in {1..50}; do "$2/usr/bin/resolvectl" mdns >/dev/null 2>&1 && break; sleep 0.1; done
for bridge in bn1 bn2 bn3; do "$2/usr/bin/resolvectl" mdns "$bridge" yes; done
echo resolved is up
wait
"""


class Beside:
    """A daemon and the message bus that its clients need, in a mount namespace of their own."""

    def __init__(self, name, script, started, interfaces="bn1,bn2,bn3"):
        folder = os.path.join(device.SCRATCH, name)
        os.makedirs(folder, exist_ok=True)
        for file_name, text in (("bus.conf", BUS), ("avahi.conf", AVAHI.format(interfaces=interfaces)), ("resolved.conf", RESOLVED)):
            with open(os.path.join(folder, file_name), "w", encoding="utf-8") as file:
                file.write(text)
        self.log_path = os.path.join(folder, "log")
        with open(self.log_path, "wb") as log:
            command = ["bash", "-uc", BUS_AND_USERS + script, name, folder, UNPACKED_RESOLVED]
            self._process = device.on_device(*command, stdout=log, stderr=log)
        if not device.wait_until(lambda: started in self._log(), 20):
            raise RuntimeError("%s does not start: %s" % (name, self._log()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        device.end(self._process)

    def _log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def command(self, *argv):
        """The command line that runs a client of it."""
        return ["nsenter", "--mount", "--target", str(self._process.pid), "--", *argv]

    def ask(self, *argv):
        """What a client prints, in words."""
        done = subprocess.run(self.command(*argv), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, check=False)
        return done.stdout.decode(errors="replace").split()


class AvahiBeside(Beside):
    def __init__(self, interfaces="bn1,bn2,bn3"):
        super().__init__("avahi-beside", RUN_AVAHI, "Server startup complete", interfaces)

    def resolve(self, host):
        """The IPv4 address that avahi-resolve prints, or what it says instead."""
        words = self.ask("avahi-resolve", "-4", "-n", host)
        return words[1] if len(words) == 2 and words[0] == host else " ".join(words)


class ResolvedBeside(Beside):
    """systemd-resolved, which testing/interop/unpack_resolved.sh unpacks, and which asks by mDNS only."""

    def __init__(self):
        super().__init__("resolved-beside", RUN_RESOLVED, "resolved is up")

    def resolve(self, host):
        """The IPv4 address that resolvectl prints, or what it says instead."""
        words = self.ask(UNPACKED_RESOLVED + "/usr/bin/resolvectl", "-4", "query", host)
        return words[1] if len(words) > 1 and words[0] == host + ":" else " ".join(words)
