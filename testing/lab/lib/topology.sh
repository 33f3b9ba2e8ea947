# shellcheck shell=bash
# The device: its namespace and its bridges.

# `ip netns add` makes a mount of /run/netns and never takes it back. The last
# lab to leave does; the lock, on /run itself, keeps that apart from an `add`.
namespace_add() {
  local ns
  ns=$(namespace "$1")
  flock --no-fork -w 10 /run ip netns add "$ns"
  ip -n "$ns" link set lo up
  # An address is usable at once, without duplicate address detection.
  # shellcheck disable=SC2016  # expanded by the inner shell
  on "$1" bash -c 'for f in all default; do echo 0 >/proc/sys/net/ipv6/conf/$f/accept_dad; done'
}

device_up() {
  namespace_add device
  on device bash -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
  local n
  for n in 1 2 3; do
    bridge_add "bn$n" "10.$n.0.1/24"
    ip -n "$(namespace device)" addr add "fd00:$n::1/64" dev "bn$n"
  done
}

bridge_add() {
  local bridge=$1 address=$2
  ip -n "$(namespace device)" -batch - <<BATCH
link add $bridge type bridge stp_state 0 forward_delay 0
addr add $address dev $bridge
link set $bridge up
BATCH
}

pids_in() {
  local name
  for name in "$@"; do ip netns pids "$(namespace "$name")" 2>/dev/null || true; done
}

none_in() { [[ -z $(pids_in "$@") ]]; }

# Ends what runs in the namespaces: by SIGTERM, after two seconds by SIGKILL.
end_processes() {
  local pids
  mapfile -t pids < <(pids_in "$@")
  ((${#pids[@]} > 0)) || return 0
  kill -TERM "${pids[@]}" 2>/dev/null || true
  wait_until 2000 none_in "$@" && return 0
  mapfile -t pids < <(pids_in "$@")
  ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
  wait_until 2000 none_in "$@" || die "processes ${pids[*]} do not end"
}

device_down() {
  local all name
  mapfile -t all < <(namespaces)
  ((${#all[@]} == 0)) || end_processes "${all[@]}"
  for name in "${all[@]}"; do ip netns del "$(namespace "$name")"; done
  # Also where an `add` was interrupted between its mount and its namespace.
  # Lazily, because a process that just ended may still hold its copy of it.
  # shellcheck disable=SC2016  # expanded by the inner shell
  flock -w 10 /run bash -c '
    ! rmdir /run/netns || exit 0
    [[ -z $(ls -A /run/netns) ]] && umount -l /run/netns && rmdir /run/netns
  ' 2>/dev/null || true
}

status() {
  local dir name
  namespace_exists device || die "the lab '$LAB_PREFIX' is not up"
  on device ip -br addr show type bridge
  for dir in "$LAB_DIR"/apps/*/; do
    [[ -d $dir ]] || continue
    name=$(basename "$dir")
    printf '%-10s %-40s %-6s %-12s avahi %s, nginx %s\n' "$name" "$(app_fact "$name" host).local" \
      "$(app_fact "$name" bridge)" "$(app_fact "$name" address)" \
      "$(running "$name" avahi)" "$(running "$name" nginx)"
  done
}
