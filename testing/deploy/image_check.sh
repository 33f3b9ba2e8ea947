#!/bin/bash
# The container image: built by deploy/image.sh from the Dockerfile with podman, buildah
# and Docker, and by Bazel without an engine; run on a device's network, without any privilege.
#   image_check.sh [OCI_ARCHIVE]     (root; "deploy/packages.sh lab deploy")
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
BASE=docker.io/library/debian:12-slim
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' deploy/version.bzl)
# What runs the containers: podman or docker.
runs=podman

clean_up() {
  docker_clean_up
  engine_clean_up
  # runc leaves the root file system's mounts to who made them.
  umount --recursive "$scratch/bundle" 2>/dev/null || true
}

build() {
  local engine=$1 options=()
  case $engine in
    docker)
      docker_bazel_flags
      options=(--network host --build-arg "BAZEL_FLAGS=$bazel_flags")
      ;;
    *)
      options=(--pull=never --network host --isolation chroot)
      [[ -z ${BAZEL_DISK_CACHE:-} ]] ||
        options+=(--volume "$BAZEL_DISK_CACHE:/cache:rw" --build-arg BAZEL_FLAGS=--disk_cache=/cache)
      ;;
  esac
  # Without the lock: in a chroot Bazel's server outlives the build.
  deploy/image.sh --engine="$engine" --base="$BASE" --tag="localstore:$engine" "${options[@]}" \
    >"$scratch/build.log" 2>&1 9>&- || fail "deploy/image.sh --engine=$engine: $(tail -n 30 "$scratch/build.log")"
  passed "deploy/image.sh builds with $engine"
}

inspect() { "$runs" image inspect --format "$2" "$1"; }

looks_right() {
  local image=$1 megabytes
  megabytes=$(($(inspect "$image" '{{.Size}}') / 1000000))
  ((megabytes <= 120)) || fail "$image has $megabytes MB"
  [[ $(inspect "$image" '{{.Config.User}}') == 65532:65532 ]] || fail "$image runs as $(inspect "$image" '{{.Config.User}}')"
  refuse "$image: $megabytes MB, no shell" "$runs" run --rm --network=none --entrypoint /bin/sh "$image" -c true
}

# run NAME IMAGE OPTION... -- FLAG...: on the device, with nothing that it does not need.
run() {
  local name=$1 image=$2 options=()
  shift 2
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  lab exec --net-only "$runs" run --detach --name "$name" --network=host --cap-drop=all --read-only \
    --security-opt=no-new-privileges "${options[@]}" "$image" "$@" >/dev/null
}

ctl() { lab exec --net-only "$runs" exec "$1" /usr/bin/localstorectl "${@:2}"; }
logs() { "$runs" logs "$1" 2>&1; }
healthy() { "$runs" exec "$1" /usr/bin/localstored --health_check; }

downloads() {
  local name=$1 pid
  expect "$name: serves" wait_until 20 healthy "$name"
  expect "$name: finds $HOST" ctl "$name" resolve "$HOST"
  expect "$name: downloads an image" ctl "$name" download --sha256="$sha256" "http://$HOST/images/demo.img"
  [[ $(sha256sum <"$("$runs" volume inspect --format '{{.Mountpoint}}' "$name")/images/demo.img") == "$sha256 "* ]] ||
    fail "the file differs"
  lab app log store | grep -qP '\t10\.1\.0\.1\t10\.1\.0\.5:80\t.*GET /images/demo\.img ' || fail "not from 10.1.0.1 over bn1"
  passed "$name: over bn1, from the device's address there"
  pid=$("$runs" inspect --format '{{.State.Pid}}' "$name")
  [[ $(awk '/^Cap(Eff|Prm|Bnd)/{print $2}' "/proc/$pid/status" | sort -u) =~ ^0+$ ]] || fail "it has capabilities"
  [[ $(awk '/^Uid/{print $2}' "/proc/$pid/status") == 65532 ]] || fail "it is another user"
  passed "$name: no capability, user 65532, read-only root"
}

ends() {
  "$runs" stop --time 20 "$1" >/dev/null 2>&1
  [[ $("$runs" inspect --format '{{.State.ExitCode}}' "$1") == 0 ]] || fail "exit code of $1: $(logs "$1")"
  passed "$1: ends by itself when it is stopped"
}

step "An engine of the test's own, and a device"
engine_configure
engine_base "$BASE"
lab up
sha256=$(lab app file store images/demo.img 32M)

step "From the Dockerfile"
build podman
looks_right localstore:podman
[[ $(inspect localstore:podman '{{.HealthCheck}}') == *--health_check* ]] || fail "no HEALTHCHECK"
run dockerfile localstore:podman --volume dockerfile:/var/lib/localstore -- '--bridges=bn*'
downloads dockerfile
expect "dockerfile: HEALTHCHECK" podman healthcheck run dockerfile
ends dockerfile
build buildah
looks_right localstore:buildah

step "The same with Docker"
runs=docker
docker_start
docker_base debian:12-slim
BASE=debian:12-slim build docker
docker_stop
docker_start_on_device
looks_right localstore:docker
run docker localstore:docker --health-interval=1s --volume docker:/var/lib/localstore -- '--bridges=bn*'
downloads docker
is_healthy() { [[ $(docker inspect --format '{{.State.Health.Status}}' docker) == healthy ]]; }
expect "docker: HEALTHCHECK" wait_until 20 is_healthy
ends docker
docker load --quiet --input "$archive" >/dev/null
looks_right "localstore:$version"
docker_clean_up
runs=podman

step "From Bazel, without an engine"
expect "skopeo takes the archive for an OCI image" skopeo inspect --config "oci-archive:$archive"
expect "and for Docker's" skopeo inspect --config "docker-archive:$archive"
podman load --quiet --input "$archive" >/dev/null
looks_right "localhost/localstore:$version"
run archive "localhost/localstore:$version" --volume archive:/var/lib/localstore -- '--bridges=bn*'
downloads archive
ends archive

step "Without podman, too: umoci and runc"
mkdir "$scratch/layout"
tar -C "$scratch/layout" -xf "$archive"
expect "umoci unpacks it" umoci unpack --image "$scratch/layout:localstore:$version" "$scratch/bundle"
# umoci asks for a console, a network of its own, and root's capabilities.
python3 - "$scratch/bundle/config.json" <<'CONFIG'
import json, sys
config = json.load(open(sys.argv[1]))
process = config["process"]
process["terminal"] = False
process["args"] = ["/usr/bin/localstored", "--version"]
process["capabilities"] = {}
process["noNewPrivileges"] = True
process.pop("rlimits", None)
config["root"]["readonly"] = True
json.dump(config, open(sys.argv[1], "w"))
CONFIG
expect "runc runs it" runc --root "$scratch/runc" run --bundle "$scratch/bundle" "localstore-$$"

step "What it lacks, it says"
run elsewhere localstore:podman --volume elsewhere:/var/lib/localstore --security-opt="seccomp=testing/deploy/no_bind_to_device.json" -- '--bridges=bn*'
expect "elsewhere: serves all the same" wait_until 20 healthy elsewhere
ctl elsewhere resolve "$HOST" >"$scratch/said" 2>&1 && fail "it may bind to a bridge"
grep -q 'CAP_NET_RAW' "$scratch/said" || fail "it does not name the capability: $(cat "$scratch/said")"
passed "the capability, where the system has no other way: $(grep -o '[^;]*CAP_NET_RAW[^;]*' "$scratch/said" | head -n 1)"
podman rm --force elsewhere >/dev/null
podman run --detach --name nobridge --network=none --cap-drop=all --read-only --volume nobridge:/var/lib/localstore localstore:podman >/dev/null
expect "nobridge: serves all the same" wait_until 20 healthy nobridge
podman exec nobridge /usr/bin/localstorectl resolve "$HOST" >"$scratch/said" 2>&1 && fail "it found $HOST"
grep -q 'bridge' "$scratch/said" || fail "it does not say that there is no bridge: $(cat "$scratch/said")"
passed "bridges, without the host's network: $(head -n1 "$scratch/said")"
mkdir "$scratch/images"
run readonly localstore:podman --volume readonly:/var/lib/localstore --volume "$scratch/images:/images" -- --download_dir=/images
expect "readonly: serves all the same" wait_until 20 healthy readonly
ctl readonly download --timeout=20s --sha256="$sha256" "http://$HOST/images/demo.img" >"$scratch/said" 2>&1 &&
  fail "it may write to a folder that is not its own"
grep -qi 'demo.img.*permission' "$scratch/said" || fail "it does not say why: $(cat "$scratch/said")"
passed "the folder that is not its own: $(tail -n1 "$scratch/said")"
