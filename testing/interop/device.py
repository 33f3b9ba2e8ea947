"""The device of the lab and the server on it, for tests that run there (testing/e2e/run_in_lab.sh)."""

import contextlib
import json
import os
import subprocess
import time

LAB = os.environ.get("LAB_SCRIPT", "")
SCRATCH = os.environ.get("TEST_TMPDIR", "/tmp")


def lab(*arguments):
    """lab.sh with these arguments; what it printed."""
    done = subprocess.run([LAB, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError("lab.sh %s: %s" % (" ".join(arguments), done.stderr.decode(errors="replace")))
    return done.stdout.decode()


def in_app(name, *argv, log=None):
    """Starts a program in an App. Its process id is the program's own."""
    return subprocess.Popen([LAB, "app", "exec", name, *argv], stdout=log, stderr=log)


def on_device(*argv, **options):
    return subprocess.Popen([LAB, "exec", *argv], **options)


def end(process, timeout=10):
    """Asks the process to end and waits for it."""
    process.terminate()
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def wait_until(condition, timeout, pause=0.1):
    """The first true value of condition(); after `timeout` seconds its last value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(pause)


class Reply:
    """What localstorectl said: the last message, or the reason (ErrorInfo) of the failure."""

    def __init__(self, done):
        self.ok = done.returncode == 0
        self.message = json.loads(done.stdout.splitlines()[-1]) if self.ok and done.stdout.strip() else {}
        self.reason, self.error = "", done.stderr.decode(errors="replace").strip()
        if not self.ok:
            with contextlib.suppress(ValueError):
                self.reason = next((d["reason"] for d in json.loads(self.error).get("details", []) if "reason" in d), "")

    @property
    def endpoints(self):
        return self.message.get("endpoints", [])

    @property
    def addresses(self):
        return [endpoint["address"] for endpoint in self.endpoints]

    @property
    def ipv4(self):
        return [address for address in self.addresses if ":" not in address]

    @property
    def bridges(self):
        return {endpoint["bridge"] for endpoint in self.endpoints}

    def __str__(self):
        return ", ".join("%s on %s" % (e["address"], e["bridge"]) for e in self.endpoints) or self.reason or self.error


class Server:
    """The real localstored on the device, asked by the real localstorectl."""

    def __init__(self, *flags, bridges="bn*", program=None, name="localstored"):
        self.folder = os.path.join(SCRATCH, name)
        self.images = os.path.join(self.folder, "images")
        self.log_path = os.path.join(self.folder, "log")
        ports = os.path.join(self.folder, "ports")
        for path in (self.images, os.path.join(self.folder, "state")):
            os.makedirs(path, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.remove(ports)  # a server's that was here before
        self.log = open(self.log_path, "wb")  # pylint: disable=consider-using-with
        self.process = on_device(
            program or os.environ["LOCALSTORED"],
            "--listen=127.0.0.1:0",
            "--bridges=" + bridges,
            "--port_file=" + ports,
            "--download_dir=" + self.images,
            "--state_dir=" + os.path.join(self.folder, "state"),
            *flags,
            stdout=self.log,
            stderr=self.log,
        )
        if not wait_until(lambda: self.process.poll() is not None or os.path.exists(ports), 30, 0.02):
            raise RuntimeError("localstored does not listen: " + self.log_text())
        if self.process.poll() is not None:
            raise RuntimeError("localstored ended: " + self.log_text())
        with open(ports, encoding="utf-8") as lines:
            self.address = lines.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            end(self.process, 20)
        finally:
            self.log.close()

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def memory_kib(self):
        """Resident memory."""
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def command(self, *arguments):
        return [os.environ["LOCALSTORECTL"], "--server=" + self.address, "--output=json", *arguments]

    def call(self, *arguments, timeout=60):
        return Reply(subprocess.run(self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False))

    def resolve(self, host, *flags):
        return self.call("resolve", host, *flags)

    def browse(self, found, duration, *arguments):
        """Events until found(event) is true, or for so many seconds; that event, or None."""
        command = self.command("browse", "--duration=%ds" % duration, *arguments)
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                for line in process.stdout:
                    event = json.loads(line)
                    if found(event):
                        return event
                return None
            finally:
                process.terminate()
