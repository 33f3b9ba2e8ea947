"""Downloads from web servers that lie (lies.py), all at the same time."""

import hashlib
import os

import device
import lies as scripts
import scripted_web
from api import ENDED, pb, reason_of_status
from service import Service
from store import MIB
from world import check_closed, check_files

HERE = os.path.dirname(os.path.realpath(__file__))
PORT, ADDRESS, APP = 9000, "10.2.0.66", "liar"


class ScriptedApp:
    """An App whose web server does what its scripts say."""

    def __init__(self, image_path, *scripts, app=APP, address=ADDRESS, bridge="bn2"):
        self.image_path, self.scripts, self.app, self.address, self.bridge = image_path, scripts, app, address, bridge
        self.log_path = os.path.join(device.SCRATCH, app + ".web")
        with open(image_path, "rb") as file:
            self._image = file.read()

    def request(self, script, name, knows_size=False):
        """For the image that this script has for this name."""
        image = scripted_web.image_for(self._image, name)
        request = {"download_id": name, "destination": name, "url": "http://%s.local:%d/%s/%s" % (self.app, PORT, script, name), "sha256": hashlib.sha256(image).hexdigest()}
        if knows_size:
            request["size_bytes"] = len(image)
        return request

    def __enter__(self):
        device.lab("app", "add", self.app, self.app, self.bridge, self.address, "publish-workstation=no")
        self._log = open(self.log_path, "ab")  # pylint: disable=consider-using-with
        self._process = device.in_app(self.app, "/usr/bin/python3", "-B", os.path.join(os.path.dirname(scripted_web.__file__), "scripted_web.py"), str(PORT), self.image_path, *self.scripts, log=self._log)
        ready = device.wait_until(lambda: os.path.getsize(self.log_path) > 0, 20, 0.02)
        if not ready:
            raise RuntimeError("the scripted web server does not start")
        return self

    def __exit__(self, *_):
        device.end(self._process)
        self._log.close()
        device.lab("app", "remove", self.app)


def outcome(download, expected):
    """ "completes", the reason that it failed with, or that it goes on trying after; None when neither yet."""
    if download.state == pb.Download.STATE_COMPLETED:
        return "completes"
    if download.state == pb.Download.STATE_FAILED or (expected != {"completes"} and download.state == pb.Download.STATE_WAITING and download.attempt >= 3):
        return reason_of_status(download.error)
    return None


def a_server_that_lies(row, world):
    image = world.image("lies", 2 * MIB + 4321)
    seen = {}
    with ScriptedApp(os.path.join(world.store.root, image.name), os.path.join(HERE, "lies.py")) as app, Service("lies", "--max_active_downloads=64", "--stall_timeout=3s", "--connect_timeout=2s") as service:
        files = len(service.open_files())
        names = sorted(scripts.EXPECTED)
        for turn in range(world.count(3, 1)):
            wanted, running, requests = {}, {}, {}
            for script in names:
                row.run()
                name = "%s-%d" % (script, turn)
                _, fields = scripts.EXPECTED[script]
                requests[name] = app.request(script, name, fields.get("size_bytes"))
                service.api.start_download(**requests[name])
                running[name] = script
            for name, script in running.items():
                expected, _ = scripts.EXPECTED[script]
                result = device.wait_until(lambda n=name, e=expected: outcome(service.api.status(n)[0], e), 40)
                row.check(result in expected, "right end of " + script, "%s, not one of %s: %s" % (result, sorted(expected), service.api.status(name)))
                seen[result] = seen.get(result, 0) + 1
                if result == "completes":
                    wanted[name] = requests[name]["sha256"]
                elif service.api.status(name)[0].state not in ENDED:
                    service.api.cancel(name, discard=True)
            device.wait_until(lambda: all(d.state in ENDED for d in service.api.status()), 20)
            unfinished = {n: requests[n]["sha256"] for n in running if n not in wanted}
            check_files(row, service, wanted, unfinished)
            for name in running:
                service.api.remove(name, delete=True)
            check_files(row, service, {})
        row.check(service.api.serving(), "is serving")
        check_closed(row, service, files)
    row.note = ", ".join("%s %d" % pair for pair in sorted((str(k), n) for k, n in seen.items()))


CASES = [("web server that lies", a_server_that_lies)]
