# shellcheck shell=bash
# Names, messages and bounded waits that the whole lab uses.

note() { printf 'lab: %s\n' "$*" >&2; }

die() {
  note "$*"
  exit 1
}

# A dot stands between the prefix and the rest of a namespace's name, and
# neither part may hold one: no lab can take another's namespace for its own.
choose_names() {
  LAB_PREFIX=${LAB_PREFIX:-lab}
  [[ $LAB_PREFIX =~ ^[A-Za-z0-9_-]{1,32}$ ]] ||
    die "the prefix '$LAB_PREFIX' is not 1 to 32 letters, digits, '_' and '-'"
  LAB_DIR=${LAB_DIR:-${TMPDIR:-/tmp}/localstore-lab-$LAB_PREFIX}
  # Only a folder that holds this file is a lab's, to be deleted by `down`.
  # shellcheck disable=SC2034  # used by lab.sh
  LAB_MARKER=.localstore-lab.$LAB_PREFIX
}

namespace() { printf '%s.%s' "$LAB_PREFIX" "$1"; }

namespace_exists() { [[ -e /run/netns/$(namespace "$1") ]]; }

# Names of what this lab has: "device", "store", ...
namespaces() {
  local path
  for path in "/run/netns/$LAB_PREFIX".*; do
    [[ ! -e $path ]] || printf '%s\n' "${path##*.}"
  done
}

# Runs a command inside the device or an App.
on() {
  local name=$1
  shift
  ip netns exec "$(namespace "$name")" "$@"
}

app_dir() {
  [[ -d $LAB_DIR/apps/$1 ]] || die "there is no App '$1' in the lab '$LAB_PREFIX'"
  printf '%s' "$LAB_DIR/apps/$1"
}

# One remembered fact about an App: its host, bridge or address.
app_fact() { cat "$(app_dir "$1")/$2"; }

now_ms() { printf '%s' $((${EPOCHREALTIME//[.,]/} / 1000)); }

# wait_until MILLISECONDS CMD...: 0 as soon as CMD succeeds, 1 when time is up.
wait_until() {
  local deadline=$(($(now_ms) + $1))
  shift
  until "$@"; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.02
  done
}

# start_in NAME LOG CMD...: CMD runs on in the background, in a session of its own.
start_in() {
  local name=$1 log=$2
  shift 2
  setsid ip netns exec "$(namespace "$name")" "$@" </dev/null >>"$log" 2>&1 &
  disown
}

show_logs() {
  local log
  for log in "$LAB_DIR"/apps/*/{avahi,nginx}.log; do
    [[ ! -s $log ]] || { note "--- $log" && tail -n 20 "$log" >&2; }
  done
}
