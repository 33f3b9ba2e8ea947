#!/bin/bash
# A device with bridges and Apps on one machine; `lab.sh help` says how to use it.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

LAB_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=testing/lab/lib/common.sh
source "$LAB_HOME/lib/common.sh"
# shellcheck source=testing/lab/lib/topology.sh
source "$LAB_HOME/lib/topology.sh"
# shellcheck source=testing/lab/lib/mdns.sh
source "$LAB_HOME/lib/mdns.sh"
# shellcheck source=testing/lab/lib/web.sh
source "$LAB_HOME/lib/web.sh"
# shellcheck source=testing/lab/lib/app.sh
source "$LAB_HOME/lib/app.sh"
# shellcheck source=testing/lab/lib/faults.sh
source "$LAB_HOME/lib/faults.sh"
# shellcheck source=testing/lab/lib/sandbox.sh
source "$LAB_HOME/lib/sandbox.sh"

usage() {
  cat <<'HELP'
usage: lab.sh [--prefix=NAME] VERB ...

  up                           bring the device, its bridges and the standard Apps up (again: no change)
  up --bare                    the device and its bridges only
  down                         take it all away: processes, namespaces, files
  exec CMD...                  run CMD on the device; there, lab.sh means this lab
  exec --net-only CMD...       the same, but in the caller's own mount namespace
  status                       what is there
  sandbox CMD...               run CMD as root of a namespace of its own that may hold labs;
                               whatever CMD leaves running ends with it
  sandbox --if-needed CMD...   only where labs cannot stand by themselves: in a chroot, without root

  app add NAME HOST BRIDGE ADDRESS [KEY=VALUE...]
                               an App with avahi-daemon (host-name=HOST) and nginx; see `app avahi`;
                               with avahi=no it has nginx only
  app remove NAME
  app exec NAME CMD...         run CMD inside the App
  app file NAME PATH SIZE      make a file of that size (suffixes as for head -c) that nginx serves
                               as /PATH (and, throttled to 8 MiB/s, as /slow/PATH); print its SHA-256
  app root NAME                print the folder that nginx serves
  app log NAME                 print the access log: time, client, local address:port, Host,
                               request, status, body bytes, Range; separated by tabs
  app address NAME ADDRESS     replace the App's IPv4 address, as a reload of the App does
  app avahi NAME start [KEY=VALUE...] | stop | kill
                               KEY=VALUE: host-name, use-ipv4, use-ipv6, publish-workstation, ...
                               (avahi-daemon.conf) and http=PORT, https=PORT (advertise the service)
  app nginx NAME start | stop | kill

  bridge add NAME ADDRESS/LEN
  bridge remove NAME

  fault drop-mdns BRIDGE       no mDNS packet arrives from the bridge
  fault lose-mdns BRIDGE PCT   so many per cent of them are lost
  fault reset PORT             connections to PORT are reset
  fault blackhole PORT         nothing comes back from PORT
  fault stall PORT MBYTES      nothing more comes back from PORT after so many megabytes
  fault rate NAME MBIT         the App sends no faster
  fault clear                  mend everything

--prefix (or LAB_PREFIX; "lab") lets labs stand side by side. LAB_DIR holds their files
(${TMPDIR:-/tmp}/localstore-lab-PREFIX). Needs root, or `lab.sh sandbox`.
HELP
}

up() {
  if [[ -e $LAB_DIR/ready ]] && namespace_exists device; then
    note "already up"
    return 0
  fi
  root_is_a_mount_point || die "in a chroot a lab can only stand in 'lab.sh sandbox'"
  down
  trap undo_up EXIT
  trap 'trap "" INT TERM HUP; exit 130' INT TERM HUP
  mkdir -p "$LAB_DIR"
  touch "$LAB_DIR/$LAB_MARKER"
  device_up
  if [[ ${1:-} != --bare ]]; then
    app_create store ubuntu-4321-http-server bn1 10.1.0.5
    app_create longer ubuntu-4321-http-server-backup bn2 10.2.0.7
    app_create ending my-ubuntu-4321-http-server bn1 10.1.0.6
    app_create camera camera-7 bn3 10.3.0.9 http=8080
    local name
    for name in store longer ending camera; do app_ready "$name"; done
  fi
  touch "$LAB_DIR/ready"
  trap - EXIT INT TERM HUP
}

undo_up() {
  trap '' INT TERM HUP
  note "up did not get to its end; taking it away again"
  show_logs
  down
}

# Without a marker there is nothing of ours under LAB_DIR, and nothing there is touched.
down() {
  device_down
  [[ -d $LAB_DIR ]] || return 0
  if [[ -e $LAB_DIR/$LAB_MARKER ]]; then
    rm -rf "${LAB_DIR:?}"/*
    rm -rf "$LAB_DIR"
  elif [[ -z $(ls -A "$LAB_DIR") ]]; then
    rmdir "$LAB_DIR"
  else
    die "$LAB_DIR is in use, and not by the lab '$LAB_PREFIX'"
  fi
}

run_on() {
  local name=$1
  shift
  namespace_exists "$name" || die "there is no '$name' in the lab '$LAB_PREFIX'; is it up?"
  export LAB_PREFIX LAB_DIR
  if [[ ${1:-} == --net-only ]]; then
    shift
    exec nsenter --net="/run/netns/$(namespace "$name")" -- "$@"
  fi
  exec ip netns exec "$(namespace "$name")" "$@"
}

app_verb() {
  local verb=${1:-} name=${2:-}
  [[ -n $name ]] || die "app: which verb, which App? See 'lab.sh help'"
  shift 2
  case $verb in
    add) app_create "$name" "$@" && app_ready "$name" ;;
    remove) app_remove "$name" ;;
    exec) run_on "$name" "$@" ;;
    file) web_file "$name" "$@" ;;
    root) printf '%s\n' "$(app_dir "$name")/www" ;;
    log) web_log "$name" ;;
    address) app_change_address "$name" "$@" ;;
    avahi) avahi_verb "$name" "$@" ;;
    nginx) nginx_verb "$name" "$@" ;;
    *) die "app: no verb '$verb'; see 'lab.sh help'" ;;
  esac
}

bridge_verb() {
  case ${1:-} in
    add) bridge_add "$2" "$3" ;;
    remove) on device ip link del "$2" ;;
    *) die "bridge: add or remove; see 'lab.sh help'" ;;
  esac
}

main() {
  while [[ ${1:-} == --* ]]; do
    case $1 in
      --prefix=*) LAB_PREFIX=${1#*=} ;;
      --help)
        usage
        exit 0
        ;;
      *) die "unknown option $1" ;;
    esac
    shift
  done
  choose_names
  local verb=${1:-help}
  [[ $# -eq 0 ]] || shift
  case $verb in
    up) up "$@" ;;
    down) down ;;
    exec) run_on device "$@" ;;
    status) status ;;
    sandbox) sandbox "$@" ;;
    app) app_verb "$@" ;;
    bridge) bridge_verb "$@" ;;
    fault) fault_verb "$@" ;;
    help) usage ;;
    *) die "no verb '$verb'; see 'lab.sh help'" ;;
  esac
}

main "$@"
