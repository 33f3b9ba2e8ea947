# shellcheck shell=bash
# Where there is no root, or /run cannot be written (inside Bazel's sandbox), a
# lab stands in namespaces that end with the command they were made for.

sandbox() {
  local flags=(-nmpf --kill-child --mount-proc)
  # Root without a user namespace where that is allowed: more can be mounted,
  # and a chroot forbids user namespaces.
  unshare -nm true 2>/dev/null || flags+=(-Ur)
  exec unshare "${flags[@]}" bash -euc '
    mount -t tmpfs tmpfs /run
    ip link set lo up
    exec "$@"
  ' sandbox "$@"
}
