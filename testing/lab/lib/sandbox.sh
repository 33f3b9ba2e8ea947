# shellcheck shell=bash
# Where there is no root, or /run cannot be written (inside Bazel's sandbox), or
# the root directory is no mount point (in a chroot), a lab stands in namespaces
# that end with the command they were made for.

root_is_a_mount_point() { awk '$5 == "/" { found = 1 } END { exit !found }' /proc/self/mountinfo; }

# sandbox [--if-needed] CMD...
sandbox() {
  if [[ $1 == --if-needed ]]; then
    shift
    ((EUID != 0)) || ! root_is_a_mount_point || exec "$@"
  fi
  local flags=(-nmpf --kill-child --mount-proc)
  root_is_a_mount_point ||
    exec python3 "$LAB_HOME/lib/own_root.py" "$LAB_HOME/lab.sh" --prefix="$LAB_PREFIX" sandbox "$@"
  # Root without a user namespace where that is allowed: more can be mounted.
  unshare -nm true 2>/dev/null || flags+=(-Ur)
  exec unshare "${flags[@]}" bash -euc '
    mount -t tmpfs tmpfs /run
    ip link set lo up
    exec "$@"
  ' sandbox "$@"
}
