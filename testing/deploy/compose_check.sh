#!/bin/bash
# The demonstration of deploy/compose: an App on a bridge of its own, localstored
# on the host's network, which here is that of a device without anything else,
# and a download. The services are run by podman as the Compose file has them.
#   compose_check.sh [OCI_ARCHIVE]     (root; "deploy/packages.sh lab deploy")
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=testing/deploy/lib/common.sh
source testing/deploy/lib/common.sh
# shellcheck source=testing/deploy/lib/rootfs.sh
source testing/deploy/lib/rootfs.sh
# shellcheck source=testing/deploy/lib/engine.sh
source testing/deploy/lib/engine.sh
archive=$(readlink -f "${1:-out/bin/deploy/oci/localstore-oci.tar}")
COMPOSE=deploy/compose/compose.yaml
BASE=docker.io/library/debian:12-slim
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' deploy/version.bzl)

# On the device, without another mount namespace, which podman's mounts would get lost in.
on_device() { lab exec --net-only "$@"; }

clean_up() {
  on_device podman rm --all --force --time 2 >/dev/null 2>&1 || true
  on_device podman network rm --force apps >/dev/null 2>&1 || true
  engine_clean_up
}

# up SERVICE [OPTION...]
up() {
  local service=$1 arguments
  shift
  mapfile -t arguments < <(python3 -B testing/deploy/tools/podman_args.py "$COMPOSE" "$service")
  on_device podman run --name="$service" "$@" "${arguments[@]}"
}

healthy() { on_device podman healthcheck run "$1"; }
logs() { podman logs "$1" 2>&1; }
is_up() {
  expect "up $1" up "$1" --detach
  wait_until 30 healthy "$1" || fail "$1 does not become healthy: $(logs "$1"; healthy "$1" 2>&1)"
  passed "$1 is healthy"
}

step "The images"
engine_configure
printf '[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "%s/networks"\n' "$scratch" >>"$CONTAINERS_CONF"
engine_base "$BASE"
lab up --bare
podman load --quiet --input "$archive" >/dev/null
podman tag "localhost/localstore:$version" localhost/localstore:demo
expect "the App's" podman build --pull=never --network host --isolation chroot --format docker \
  --build-arg "BASE=$BASE" --tag localhost/localstore-demo-app:demo deploy/compose/app

step "docker compose up"
expect "network" on_device podman network create apps
is_up app
is_up localstored
on_device ip -br addr show type bridge | grep podman | sed 's/^/   | /'
up download >"$scratch/download.log" 2>&1 || fail "download: $(cat "$scratch/download.log")"
sed 's/^/   | /' "$scratch/download.log"
(($(grep -c '%' "$scratch/download.log") >= 2)) || fail "no progress to be seen"
passed "a download is to be seen"
logs app | grep -q 'GET /images/demo.img HTTP/1.1" 200' || fail "the App was not asked: $(logs app)"
passed "from the App: $(logs app | grep -m1 'GET /images/demo.img')"
