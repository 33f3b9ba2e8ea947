#!/bin/bash
# The demonstration of deploy/compose: an App on a bridge of its own, localstored
# on the host's network, which here is that of a device without anything else,
# and a download. By Docker and docker-compose, as README.md there has it, and by
# podman, which runs the services as the Compose file has them: Debian's
# podman-compose cannot have one on the host's network.
#   compose_check.sh [OCI_ARCHIVE]     (root; "deploy/packages.sh lab deploy")
# BAZEL_DISK_CACHE=FOLDER spares the build in the container what is in it.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=testing/deploy/lib/common.sh
source testing/deploy/lib/common.sh
# shellcheck source=testing/deploy/lib/rootfs.sh
source testing/deploy/lib/rootfs.sh
# shellcheck source=testing/deploy/lib/engine.sh
source testing/deploy/lib/engine.sh
# shellcheck source=testing/deploy/lib/docker.sh
source testing/deploy/lib/docker.sh
archive=$(readlink -f "${1:-out/bin/deploy/oci/localstore-oci.tar}")
COMPOSE=deploy/compose/compose.yaml
BASE=docker.io/library/debian:12-slim
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' deploy/version.bzl)

# On the device, without another mount namespace, which podman's mounts would get lost in.
on_device() { lab exec --net-only "$@"; }

clean_up() {
  docker_clean_up
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

compose() { docker-compose --ansi never --file "$COMPOSE" --project-directory deploy/compose "$@"; }

# What Compose has to be told here and not elsewhere: to build on the machine's network, with what is built already.
build_settings() {
  cat <<SETTINGS
services:
  app: {build: {network: host}}
  localstored: {build: {network: host, args: {BAZEL_FLAGS: "$bazel_flags"}}}
SETTINGS
}

said_by() { sed -n "s/^$1[-_]*[0-9]* *| //p" "$scratch/up.log"; }

step "docker compose build"
docker_start
docker_base "debian:12-slim"
docker_bazel_flags
build_settings >"$scratch/build.yaml"
compose --file "$scratch/build.yaml" build >"$scratch/build.log" 2>&1 || fail "build: $(tail -n 30 "$scratch/build.log")"
passed "both images are built"
# "down --rmi" takes the names away; what they were built of stays.
docker tag localstore:demo localstore:kept
docker tag localstore-demo-app:demo localstore-demo-app:kept
docker_stop

step "docker compose up"
lab up --bare
docker_start_on_device
compose up --exit-code-from download >"$scratch/up.log" 2>&1 || fail "up: $(tail -n 30 "$scratch/up.log")"
said_by download | sed 's/^/   | /'
(($(said_by download | grep -c '%, ') >= 2)) || fail "no progress to be seen: $(cat "$scratch/up.log")"
passed "a download is to be seen"
said_by app | grep -q 'GET /images/demo.img HTTP/1.1" 200' || fail "the App was not asked: $(cat "$scratch/up.log")"
passed "from the App: $(said_by app | grep -m1 'GET /images/demo.img')"
expect "up again" compose up --detach app localstored
served() { compose exec -T localstored localstorectl status; }
wait_until 30 served || fail "localstored does not serve: $(compose logs localstored)"
found() { compose exec -T localstored localstorectl doctor "$HOST"; }
wait_until 30 found || fail "doctor: $(found 2>&1)"
passed "doctor says: $(found | tail -n 1)"
compose exec -T localstored localstorectl browse --duration=2s >"$scratch/said" 2>&1 || fail "browse: $(cat "$scratch/said")"
grep -q "$HOST" "$scratch/said" || fail "browse shows no $HOST: $(cat "$scratch/said")"
passed "browse shows the App"
expect "down" compose down --volumes --rmi all
[[ -z $(docker ps --all --quiet; docker volume ls --quiet; docker network ls --quiet --filter type=custom; docker images --quiet --filter 'reference=*:demo') ]] ||
  fail "left behind: $(docker ps --all; docker volume ls; docker network ls; docker images)"
passed "no container, volume, network or image is left"
docker_stop

step "Images for podman"
engine_configure
printf '[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "%s/networks"\n' "$scratch" >>"$CONTAINERS_CONF"
engine_base "$BASE"
podman load --quiet --input "$archive" >/dev/null
podman tag "localhost/localstore:$version" localhost/localstore:demo
expect "the App's" podman build --pull=never --network host --isolation chroot --format docker \
  --build-arg "BASE=$BASE" --tag localhost/localstore-demo-app:demo deploy/compose/app

step "The same by podman"
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
