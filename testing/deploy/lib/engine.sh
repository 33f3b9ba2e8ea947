# shellcheck shell=bash
# podman and buildah, with images, containers and settings of the test's own.

# crun refuses some machines' control groups, where runc does not, and not every
# machine lets limits be raised. This is for tests: who deploys needs none of it.
engine_configure() {
  # shellcheck disable=SC2154  # of common.sh
  export CONTAINERS_CONF=$scratch/containers.conf CONTAINERS_STORAGE_CONF=$scratch/storage.conf
  cat >"$CONTAINERS_CONF" <<'CONF'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "/run/localstore-deploy/engine"
CONF
  # What is built stays in the cache, so that the next time only changes are built.
  # shellcheck disable=SC2153
  mkdir -p "$CACHE"
  # For one at a time.
  exec 9>"$CACHE/engine.lock"
  flock -w 1800 9 || fail "the engine is in use"
  cat >"$CONTAINERS_STORAGE_CONF" <<CONF
[storage]
driver = "overlay"
graphroot = "$CACHE/containers"
runroot = "/run/localstore-deploy/containers"
CONF
}

# An image of Debian 12 by the name of the public one, which cannot be pulled everywhere.
engine_base() {
  local archive
  archive=$(root_archive base)
  podman image exists "$1" && [[ $CACHE/base.imported -nt $archive ]] && return 0
  podman import --quiet "$archive" "$1" >/dev/null
  touch "$CACHE/base.imported"
}

engine_clean_up() {
  [[ -n ${CONTAINERS_STORAGE_CONF:-} ]] || return 0
  podman rm --all --force --time 2 >/dev/null 2>&1 || true
  podman volume prune --force >/dev/null 2>&1 || true
  podman image prune --force >/dev/null 2>&1 || true
  umount "$CACHE/containers/overlay" 2>/dev/null || true
}
