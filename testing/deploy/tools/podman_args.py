"""What a service of a Compose file is to podman: podman_args.py COMPOSE_FILE SERVICE

Prints the arguments of "podman run" one a line. Debian's podman-compose cannot have a service on
the host's network. Fields that are not known here are an error: nothing goes untested unnoticed.
"""

import json
import sys

import yaml


def one(flag):
    return lambda value: ["--%s=%s" % (flag, value)]


def each(flag):
    return lambda values: ["--%s=%s" % (flag, value) for value in values]


def health(check):
    kind, *command = check["test"]
    if kind != "CMD":
        sys.exit("podman_args.py: healthcheck: " + kind)
    return ["--health-cmd=" + json.dumps(command), "--health-interval=disable"]


def nothing(_):
    return []


FIELDS = {
    "hostname": one("hostname"),
    "network_mode": one("network"),
    "networks": each("network"),
    "read_only": lambda on: ["--read-only"] if on else [],
    "cap_drop": each("cap-drop"),
    "security_opt": each("security-opt"),
    "volumes": each("volume"),
    "healthcheck": health,
    "entrypoint": lambda words: ["--entrypoint=" + json.dumps(words)],
    # Of Compose alone, or below.
    "build": nothing,
    "depends_on": nothing,
    "restart": nothing,
    "image": nothing,
    "command": nothing,
}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        service = yaml.safe_load(file)["services"][sys.argv[2]]
    unknown = set(service) - set(FIELDS)
    if unknown:
        sys.exit("podman_args.py: not known: " + ", ".join(sorted(unknown)))
    for field, value in service.items():
        for argument in FIELDS[field](value):
            print(argument)
    print("localhost/" + service["image"])
    for word in service.get("command", []):
        print(word)


main()
