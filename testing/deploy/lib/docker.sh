# shellcheck shell=bash
# Docker with a daemon, images and settings of the test's own. Sourced after rootfs.sh.

# shellcheck disable=SC2154  # of common.sh
DOCKER_RUN=$scratch/docker
export DOCKER_HOST=unix://$DOCKER_RUN/docker.sock DOCKER_CONFIG=$DOCKER_RUN/config
# podman wants it, too.
mkdir -p "$DOCKER_CONFIG" && echo '{}' >"$DOCKER_CONFIG/config.json"
docker_pid=
docker_cache_pid=

# What is built stays in the cache, so that the next time only changes are built.
docker_daemon() {
  # Whatever the machine's administrator made of Docker is not asked for.
  echo '{}' >"$DOCKER_RUN/daemon.json"
  # shellcheck disable=SC2153
  "$@" dockerd --config-file="$DOCKER_RUN/daemon.json" --data-root="$CACHE/docker" --exec-root="$DOCKER_RUN/exec" \
    --pidfile="$DOCKER_RUN/pid" --host="$DOCKER_HOST" --exec-opt native.cgroupdriver=cgroupfs \
    "${docker_options[@]}" </dev/null >"$DOCKER_RUN/log" 2>&1 9>&- &
  docker_pid=$!
  wait_until 60 docker info || fail "dockerd: $(tail -n 20 "$DOCKER_RUN/log")"
}

# On this machine, whose network is left as it is: for "docker build --network host".
docker_start() {
  local docker_options=(--bridge=none --iptables=false --ip6tables=false --ip-forward=false)
  docker_daemon env
}

# On the lab's device, with networks and all.
docker_start_on_device() {
  local docker_options=()
  docker_daemon "$LAB" exec --net-only
}

docker_stop() {
  local pid
  [[ -n $docker_pid ]] || return 0
  pid=$(cat "$DOCKER_RUN/pid" 2>/dev/null) || pid=$docker_pid
  kill "$pid" 2>/dev/null || true
  wait "$docker_pid" 2>/dev/null || true
  umount "$DOCKER_RUN"/exec/netns/* 2>/dev/null || true
  docker_pid=
}

# docker_bazel_flags: sets `bazel_flags`, with which a build in a container on this machine's network takes
# from $BAZEL_DISK_CACHE what is built already.
# shellcheck disable=SC2034  # used by those who source this
docker_bazel_flags() {
  bazel_flags=
  [[ -n ${BAZEL_DISK_CACHE:-} ]] || return 0
  python3 -B testing/deploy/tools/serve_disk_cache.py "$BAZEL_DISK_CACHE" "$scratch/cache_port" &
  docker_cache_pid=$!
  wait_until 20 test -s "$scratch/cache_port" || fail "the cache is not served"
  bazel_flags="--remote_cache=http://127.0.0.1:$(<"$scratch/cache_port") --remote_upload_local_results=false"
}

docker_clean_up() {
  [[ -z $docker_cache_pid ]] || kill "$docker_cache_pid" 2>/dev/null || true
  [[ -n $docker_pid ]] || return 0
  # shellcheck disable=SC2046  # one word a container
  docker rm --force --volumes $(docker ps --all --quiet) >/dev/null 2>&1 || true
  docker volume prune --force >/dev/null 2>&1 || true
  docker network prune --force >/dev/null 2>&1 || true
  docker_stop
}

# An image of Debian 12 by the name of the public one, which cannot be pulled everywhere.
docker_base() {
  local archive
  archive=$(root_archive base)
  docker image inspect "$1" >/dev/null 2>&1 && [[ $CACHE/docker-base.imported -nt $archive ]] && return 0
  docker import "$archive" "$1" >/dev/null
  touch "$CACHE/docker-base.imported"
}
