"""An OCI image archive of layers, without a container engine.

  archive.py --epoch=SECONDS --version=VERSION --output=OUT.tar LAYER.tar...

The image is an OCI image layout (opencontainers.org, image-spec 1.0) in a tar archive. It
holds Docker's manifest.json, too, so that "docker load" of any version takes it.
"""

import argparse
import gzip
import hashlib
import io
import json
import subprocess
import time

from tar_file import TarFile

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"

# The same as in the Dockerfile. Healthcheck is Docker's own.
RUN = {
    "User": "65532:65532",
    "Env": ["PATH=/usr/bin"],
    "Entrypoint": ["/usr/bin/localstored"],
    "Volumes": {"/run/localstore": {}, "/var/lib/localstore": {}},
    "WorkingDir": "/",
    "StopSignal": "SIGTERM",
    "Healthcheck": {
        "Test": ["CMD", "/usr/bin/localstored", "--health_check"],
        "Interval": 30 * 10**9,
        "Timeout": 5 * 10**9,
        "Retries": 3,
    },
}


def as_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def compress(content):
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0) as file:
        file.write(content)
    return out.getvalue()


class Image:
    def __init__(self, path, epoch):
        self._tar = TarFile(path, epoch)

    def blob(self, kind, content):
        """Adds it; returns its descriptor."""
        sha256 = digest(content)
        self._tar.file("blobs/sha256/" + sha256, content)
        return {"mediaType": kind, "digest": "sha256:" + sha256, "size": len(content)}

    def close(self, manifest, config, layers, version):
        manifest["annotations"] = {"org.opencontainers.image.ref.name": "localstore:" + version}
        self._tar.file("oci-layout", as_json({"imageLayoutVersion": "1.0.0"}))
        self._tar.file("index.json", as_json({"schemaVersion": 2, "manifests": [manifest]}))
        self._tar.file("manifest.json", as_json([{
            "Config": path_of(config),
            "Layers": [path_of(layer) for layer in layers],
            "RepoTags": ["localstore:" + version],
        }]))
        self._tar.close()


def path_of(descriptor):
    return "blobs/" + descriptor["digest"].replace(":", "/")


def labels(version, created):
    return {
        "org.opencontainers.image.title": "localstore",
        "org.opencontainers.image.description": "Images from local datastores (.local), over gRPC",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": created,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epoch", type=int, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("layers", nargs="+")
    arguments = parser.parse_args()

    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(arguments.epoch))
    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True,
                                  stdout=subprocess.PIPE, encoding="utf-8").stdout.strip()
    image = Image(arguments.output, arguments.epoch)
    layers, unpacked = [], []
    for path in arguments.layers:
        with open(path, "rb") as file:
            content = file.read()
        unpacked.append("sha256:" + digest(content))
        layers.append(image.blob(LAYER_TYPE, compress(content)))
    config = image.blob(CONFIG_TYPE, as_json({
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": dict(RUN, Labels=labels(arguments.version, created)),
        "rootfs": {"type": "layers", "diff_ids": unpacked},
        "history": [{"created": created, "created_by": "//deploy/oci:image"} for _ in layers],
    }))
    manifest = image.blob(MANIFEST_TYPE, as_json({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": config,
        "layers": layers,
    }))
    image.close(manifest, config, layers, arguments.version)


main()
