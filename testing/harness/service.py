"""localstored as a process that is started, killed, started again, and looked into."""

import contextlib
import os
import signal
import subprocess

import device
from api import Api


class Service:
    """One server with its folders. They stay when it ends, so that the next process goes on with them."""

    def __init__(self, name, *flags, images=None, environment=None):
        self.folder = os.path.join(device.SCRATCH, name)
        self.images = images or os.path.join(self.folder, "images")
        self.state = os.path.join(self.folder, "state")
        self.log_path = os.path.join(self.folder, "log")
        self._ports = os.path.join(self.folder, "ports")
        self.flags, self.environment = list(flags), dict(environment or {})
        self.process = self.api = None
        for path in (self.images, self.state):
            os.makedirs(path, exist_ok=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.terminate()

    def command(self):
        return [
            os.environ["LOCALSTORED"],
            "--listen=127.0.0.1:0",
            "--bridges=*",
            "--port_file=" + self._ports,
            "--download_dir=" + self.images,
            "--state_dir=" + self.state,
            "--log_level=warning",
            *self.flags,
        ]

    def start_without_waiting(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self._ports)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, env={**os.environ, **self.environment})  # pylint: disable=consider-using-with

    def start(self, timeout=30):
        self.start_without_waiting()
        device.wait_until(lambda: os.path.exists(self._ports) or self.process.poll() is not None, timeout, 0.005)
        if self.process.poll() is not None or not os.path.exists(self._ports):
            raise RuntimeError("localstored does not serve (exit code %s): %s" % (self.process.poll(), self.log_text()[-2000:]))
        with open(self._ports, encoding="utf-8") as lines:
            self.address = lines.readline().strip()
        self.api = Api(self.address)

    def _gone(self):
        self.process = None
        if self.api is not None:
            self.api.channel.close()
        self.api = None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        self._gone()

    def terminate(self):
        # A server that drains waits for its clients to take note.
        self.api.channel.close()
        self.process.terminate()
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = -signal.SIGKILL
        self._gone()
        return code

    def restart(self):
        self.terminate()
        self.start()

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def _proc(self, *path):
        return os.path.join("/proc", str(self.process.pid), *path)

    def open_files(self):
        """What its file descriptors are, without those of gRPC's channels that come and go."""
        found = []
        for name in os.listdir(self._proc("fd")):
            with contextlib.suppress(FileNotFoundError):
                found.append(os.readlink(self._proc("fd", name)))
        return sorted(found)

    def image_files_open(self):
        return [path for path in self.open_files() if path.startswith(self.images + "/")]

    def threads(self):
        return len(os.listdir(self._proc("task")))

    def memory_kib(self, field="VmRSS:"):
        with open(self._proc("status"), encoding="utf-8") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(field))

    def children(self):
        with open(self._proc("task", str(self.process.pid), "children"), encoding="utf-8") as text:
            return text.read().split()
