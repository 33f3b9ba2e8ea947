"""Runs every command that the pages show, on the device and in the App of a lab, and compares what they
print with what the pages say. Called by testing/e2e/run_in_lab.sh:  pages_test.py PAGE...

The lab's App "store" gets what Debian's packages give an App: nginx with its own configuration, and
/etc/avahi. /etc, /var/lib, /var/log and /var/www are this test's own, in the lab's mount namespace.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))

import device  # pylint: disable=wrong-import-position
import page  # pylint: disable=wrong-import-position
import report  # pylint: disable=wrong-import-position

SCRATCH = os.path.join(device.SCRATCH, "pages")
BIN = os.path.join(SCRATCH, "bin")
APP_BIN = os.path.join(SCRATCH, "app-bin")
CHECKOUT = "/var/lib/localstore.git"  # short, because Unix sockets' paths must be
IMAGES = "/var/www/html/images"
END = "--end-of-output--"
# A busy disk can take half a minute to have an image of 64 MiB for good.
SECONDS_PER_COMMAND = 120
APP = "store"


def sh(script, *arguments):
    subprocess.run(["bash", "-euc", script, "bash", *arguments], check=True, timeout=60)


def make_room():
    """Folders of our own in the places that the pages name, and the programs where a person has them."""
    sh(
        """
        mkdir -p "$1/bin" "$1/app-bin" "$1/etc"
        cp -a /etc/. "$1/etc" 2>/dev/null || true
        sed -i 's/^user .*/user root;/' "$1/etc/nginx/nginx.conf"
        sed -i 's/^avahi:\\([^:]*\\):[0-9]*:[0-9]*:/avahi:\\1:0:0:/' "$1/etc/passwd"
        sed -i 's/^avahi:\\([^:]*\\):[0-9]*:/avahi:\\1:0:/' "$1/etc/group"
        mkdir -p "$1/etc/localstore"
        mount --bind "$1/etc" /etc
        for folder in /var/lib /var/log /var/www; do mount -t tmpfs tmpfs "$folder"; done
        # As deploy/APP.md and Debian's nginx have it, whatever this machine's owner made of them.
        rm -rf /etc/avahi/services/* /etc/nginx/sites-enabled/* /etc/nginx/conf.d/*
        printf '[server]\nhost-name=ubuntu-4321-http-server\nuse-ipv6=no\n[publish]\npublish-workstation=yes\n' \
          >/etc/avahi/avahi-daemon.conf
        echo 'server { listen 80; listen [::]:80; root /var/www/html; }' >/etc/nginx/sites-enabled/default
        cp -a /etc/avahi "$1/avahi"
        cp -a /etc/nginx "$1/nginx"
        mkdir -p /run/localstore /var/lib/localstore /var/lib/nginx /var/log/nginx /var/www/html/images
        mkdir -p "$5/out/bin/server" "$5/out/bin/client"
        ln -s "$2" "$1/bin/localstored"
        ln -s "$3" "$1/bin/localstorectl"
        ln -s "$2" "$5/out/bin/server/localstored"
        ln -s "$3" "$5/out/bin/client/localstorectl"
        ln -s "$4/grpcurl" "$1/bin/grpcurl"
        ln -s "$4/systemctl" "$1/app-bin/systemctl"
        """,
        SCRATCH,
        os.environ["LOCALSTORED"],
        os.environ["LOCALSTORECTL"],
        HERE,
        CHECKOUT,
    )


def fill_the_app():
    """The images that the pages name; their content gives the digests that the pages show."""
    with open(os.path.join(IMAGES, "ubuntu.img"), "wb") as image:
        image.truncate(64 << 20)
    with open(os.path.join(IMAGES, "alpine.img"), "wb") as image:
        image.truncate(8 << 20)
    with open("/var/www/html/index.html", "w", encoding="utf-8") as index:
        index.write("a local datastore\n")
    device.lab("app", "nginx", APP, "stop")
    in_the_app(os.path.join(APP_BIN, "systemctl"), "restart", "nginx")


# What a page has of the test's environment; the rest of its own is a user's.
LAB = ("LAB_DIR", "LAB_PREFIX", "LAB_SCRIPT")
# How soon a client sees that its server has gone, and what a sanitizer is told.
OF_THE_PROGRAMS = ("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")


class Session:
    """A shell that lives as long as a page, so that exports and background jobs do."""

    def __init__(self, argv, folder, path):
        environment = {
            "HOME": folder,
            "LC_ALL": "C.UTF-8",
            "PATH": path + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            **{name: os.environ[name] for name in LAB},
            **{name: os.environ[name] for name in OF_THE_PROGRAMS if name in os.environ},
        }
        self.shell = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, command):
        """(exit code, lines of output) of a command; the shell's `$?` stays what the command made it."""
        script = "{ %s\n} </dev/null\n_said=$?; printf '\\n%s %%d\\n' \"$_said\"; (exit \"$_said\")\n" % (command, END)
        os.write(self.shell.stdin.fileno(), script.encode())
        got, deadline = b"", time.monotonic() + SECONDS_PER_COMMAND
        os.set_blocking(self.shell.stdout.fileno(), False)
        while True:
            end = re.search(rb"\n%s (\d+)\n" % END.encode(), got)
            if end:
                return int(end.group(1)), got[: end.start()].decode(errors="replace").splitlines()
            if time.monotonic() > deadline or self.shell.poll() is not None:
                self.kill()
                raise RuntimeError("no end of %s: %s" % (command, got.decode(errors="replace")))
            got += self.shell.stdout.read() or b""
            time.sleep(0.005)

    def kill(self):
        """With what it left in the background: that would be in the way of the next page."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.shell.pid, signal.SIGKILL)
        self.shell.wait()

    def close(self):
        if self.shell.poll() is None:
            self.run("kill $(jobs -p) 2>/dev/null; wait")
        self.shell.stdin.close()
        self.shell.wait(10)
        self.shell.stdout.close()


class Server:
    """localstored with nothing but its defaults, as on a device where it is installed."""

    def __init__(self, name):
        self.log_path = os.path.join(SCRATCH, name + ".log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([os.environ["LOCALSTORED"]], stdout=log, stderr=log)
        if not device.wait_until(self.serves, 30, 0.02):
            raise RuntimeError("localstored does not serve: " + self.log_text())

    def serves(self):
        return " serving version=" in self.log_text()

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()


def starts_its_own_server(steps):
    return any(re.search(r"(^|/|\s)localstored\s(?!.*--(check_config|help|version))", step.text) for step in steps if step.place == "device")


def run_step(step, following, device_shell, app_shell):
    """(whether it did what the page says, what it did)."""
    if step.place == "file":
        os.makedirs(os.path.dirname(step.path), exist_ok=True)
        with open(step.path, "w", encoding="utf-8") as file:
            file.write(step.text)
        return True, ""
    code, lines = (app_shell if step.place == "app" else device_shell).run(step.text)
    told = "exit code %d\n%s" % (code, "\n".join(lines))
    # Time ends what would go on.
    if code == 124 and step.text.startswith("timeout "):
        code = 0
    # A page that shows a failure shows the words of it, too, or the exit code.
    fails_as_shown = code > 0 and any(re.search(r"\b(error|problem)\b", line) for line in [*step.output, "error" if following == "echo $?" else ""])
    if code != 0 and not fails_as_shown:
        return False, told
    if step.output and not page.output_matches(step.output, lines):
        return False, told + "\n--- the page says\n" + "\n".join(step.output)
    return True, told


def in_the_app(*argv):
    device.lab("app", "exec", APP, *argv)


def clear_away(steps):
    """As it was before the page."""
    sh("rm -rf /var/lib/localstore/* /etc/localstore/*; mkdir -p /run/localstore")
    sh('find "$1" -mindepth 1 -maxdepth 1 ! -name out -exec rm -rf {} +', CHECKOUT)
    for folder, service in ("avahi", "avahi-daemon"), ("nginx", "nginx"):
        if any(step.path.startswith("/etc/%s/" % folder) for step in steps):
            sh('rm -rf "/etc/$2" && cp -a "$1/$2" "/etc/$2"', SCRATCH, folder)
            in_the_app(os.path.join(APP_BIN, "systemctl"), "restart", service)


def run_page(path, results):
    name = path
    with open(path, encoding="utf-8") as text:
        steps = page.read_page(text.read())
    if not steps:
        return
    server = None if starts_its_own_server(steps) else Server(name.replace("/", "_"))
    device_shell = Session(["bash", "--norc", "--noprofile"], CHECKOUT, BIN)
    app_shell = Session([os.environ["LAB_SCRIPT"], "app", "exec", APP, "bash", "--norc", "--noprofile"], CHECKOUT, APP_BIN)
    try:
        for step, following in zip(steps, [*(step.text for step in steps[1:]), ""]):
            passed, told = run_step(step, following, device_shell, app_shell)
            results.record(name, str(step), passed, detail=told)
            if os.environ.get("PAGES_VERBOSE"):
                print("%s: %s\n%s" % (name, step, told), flush=True)
    finally:
        try:
            app_shell.close()
            device_shell.close()
        finally:
            if server is not None:
                device.end(server.process, 20)
            clear_away(steps)


def main(paths):
    results = report.Report("commands of the pages")
    make_room()
    fill_the_app()
    for path in paths:
        started = time.monotonic()
        results.run(path, lambda _, p=path: run_page(p, results))
        print("%s: %.1f s" % (path, time.monotonic() - started), flush=True)
    return results.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
