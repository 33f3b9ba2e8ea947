# shellcheck shell=bash
# A Debian system that is booted, with systemd as its first process, in the
# network of the lab's device.

# shellcheck disable=SC2154  # of common.sh
system_root=$scratch/system
system_pid=

# system_boot ARCHIVE
system_boot() {
  mkdir -p "$system_root"
  tar -C "$system_root" --numeric-owner -xf "$1"
  rm -f "$system_root/etc/resolv.conf"
  systemd-nspawn --quiet --register=no --keep-unit --directory="$system_root" --machine="localstore-$$" \
    --network-namespace-path="/run/netns/$LAB_PREFIX.device" --boot \
    </dev/null >"$scratch/console.log" 2>&1 &
  system_pid=$!
  wait_until 60 system_is_up || fail "the system does not come up: $(tail -n 20 "$scratch/console.log")"
}

# The first process of the system, as it is known outside.
system_init() { pgrep --parent "$system_pid" --exact systemd | head -n 1; }

# inside CMD...: as root of the system.
inside() {
  local init
  init=$(system_init)
  [[ -n $init ]] || return 1
  nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup --root --wd -- \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}

system_is_up() { [[ $(inside systemctl is-system-running) =~ ^(running|degraded)$ ]]; }

system_end() {
  local init tries
  [[ -n $system_pid ]] || return 0
  init=$(system_init)
  # SIGRTMIN+4 asks systemd to power off (systemd(1)).
  [[ -z $init ]] || kill -s RTMIN+4 "$init" 2>/dev/null || true
  for ((tries = 0; tries < 200; tries++)); do
    kill -0 "$system_pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL ${init:+"$init"} "$system_pid" 2>/dev/null || true
  wait "$system_pid" 2>/dev/null || true
  system_pid=
}
