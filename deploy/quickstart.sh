#!/bin/bash
# Localstore's main job, shown on this machine: builds it, brings a device with
# bridges and Apps up in network namespaces, and downloads an image from the
# datastore ubuntu-4321-http-server.local. Exit code 0 only if all of it held.
# Needs Debian 12 and root (for the packages; with those there, any user who may
# make user namespaces). Leaves the installed packages, out/ and, for ten minutes,
# Bazel's server.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8

HOST=ubuntu-4321-http-server.local
URL=http://$HOST/images/demo.img
SERVER=out/bin/server/localstored
CLIENT=out/bin/client/localstorectl

lab() { testing/lab/lab.sh --prefix=quickstart "$@"; }

step() { printf '\n== %s\n' "$*"; }

fail() {
  printf '\nFAILED: %s\n' "$*" >&2
  [[ ! -s $scratch/localstored.log ]] || { echo "localstored logged:" && tail -n 30 "$scratch/localstored.log"; } >&2
  exit 1
}

scratch=
server_pid=
tear_down() {
  local rc=$?
  trap '' INT TERM HUP
  if [[ -n $server_pid ]]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
  fi
  lab down || rc=1
  [[ -z $scratch ]] || rm -rf "$scratch"
  exit "$rc"
}

build() {
  deploy/packages.sh build lab
  deploy/versions.sh
  bazel build --config=opt --show_result=0 //server:localstored //client:localstorectl
}

start_server() {
  lab exec "$PWD/$SERVER" --bridges='bn*' --listen="unix:$scratch/localstored.sock" \
    --download_dir="$scratch/images" --state_dir="$scratch/state" --port_file="$scratch/ports" \
    </dev/null >"$scratch/localstored.log" 2>&1 &
  server_pid=$!
  local tries
  for ((tries = 0; tries < 500; tries++)); do
    [[ ! -s $scratch/ports ]] || return 0
    kill -0 "$server_pid" 2>/dev/null || fail "localstored ended"
    sleep 0.02
  done
  fail "localstored does not listen"
}

ctl() {
  local command=$1
  shift
  lab exec "$PWD/$CLIENT" "$command" --server="unix:$scratch/localstored.sock" "$@"
}

resolve() {
  ctl resolve "$HOST" | tee "$scratch/resolved" || fail "$HOST is not found"
  grep -Eq '10\.1\.0\.5 +bn1 +10\.1\.0\.1' "$scratch/resolved" ||
    fail "the answer is not 10.1.0.5 on bn1, reached from 10.1.0.1"
}

download() {
  ctl download --sha256="$1" --progress_interval=250ms "$URL" || fail "the download failed"
  lab app log store >"$scratch/requests"
  grep -q $'\t10.1.0.1\t10.1.0.5:80\t.*GET /images/demo.img ' "$scratch/requests" ||
    fail "the datastore was not asked from 10.1.0.1"
  cmp "$scratch/images/demo.img" "$(lab app root store)/images/demo.img" || fail "the file differs"
}

if [[ ${1:-} != --built ]]; then
  step "Packages and build (minutes at the first time, seconds after that)"
  build
  exec testing/lab/lab.sh --prefix=quickstart sandbox --if-needed "$PWD/deploy/quickstart.sh" --built
fi

scratch=$(mktemp -d)
mkdir "$scratch/images" "$scratch/state"
trap tear_down EXIT
trap 'trap "" INT TERM HUP; exit 130' INT TERM HUP

step "A device with bridges bn1 bn2 bn3, and Apps with avahi-daemon and nginx"
lab up
lab app file store images/demo.img 256M >"$scratch/sha256"
lab fault rate store 1000
lab status

step "localstored on the device"
start_server
echo "listens on $(tr '\n' ' ' <"$scratch/ports")"

step "Who has $HOST?"
resolve

step "Download $URL"
download "$(<"$scratch/sha256")"

step "All of it held"
cat <<END
  $URL
  was fetched as http://10.1.0.5/images/demo.img over bridge bn1, from 10.1.0.1 (says nginx's log, too),
  has the SHA-256 that was asked for, and equals the datastore's file byte for byte.

On your own device, with its bridges (ip -br link show type bridge) and a folder of yours:
  $SERVER --bridges='br-*' --download_dir=/var/lib/images --state_dir=/var/lib/localstore \\
    --listen=unix:/run/localstored.sock &
  $CLIENT --server=unix:/run/localstored.sock resolve NAME.local
  $CLIENT --server=unix:/run/localstored.sock download --sha256=HEX http://NAME.local/PATH
END
