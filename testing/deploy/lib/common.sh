# shellcheck shell=bash
# What the tests of deployment share: messages, bounded waits, a scratch folder
# and a cache. Sourced at the root of the checkout.

# shellcheck disable=SC2034  # used by those who source this
part=$(basename "$0" _check.sh)
# shellcheck disable=SC2034
CACHE=${LOCALSTORE_DEPLOY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/localstore-deploy}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/localstore-deploy-$part.XXXXXX")
export LAB_PREFIX=deploy-$part LAB_DIR=$scratch/lab
LAB=$PWD/testing/lab/lab.sh
# shellcheck disable=SC2034
HOST=ubuntu-4321-http-server.local
checks=0

lab() { "$LAB" "$@"; }

step() { printf '== %s\n' "$*"; }

fail() {
  printf 'FAILED: %s: %s\n' "$part" "$*" >&2
  exit 1
}

passed() {
  checks=$((checks + 1))
  printf '   ok: %s\n' "$*"
}

# expect WHAT CMD...: the command has to succeed.
expect() {
  local what=$1 said
  shift
  said=$("$@" 2>&1) || fail "$what: $said"
  passed "$what"
}

refuse() {
  local what=$1 said
  shift
  ! said=$("$@" 2>&1) || fail "$what, yet it went well: $said"
  passed "$what"
}

# wait_until SECONDS CMD...
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# What each test has to take away itself; replaced by those that have something.
clean_up() { :; }

finish() {
  local rc=$?
  trap '' INT TERM HUP
  clean_up || true
  [[ ! -d $LAB_DIR ]] || lab down || true
  rm -rf --one-file-system "$scratch"
  ((rc != 0)) || printf '%s: %d checks passed\n' "$part" "$checks"
  exit "$rc"
}
trap finish EXIT
trap 'trap "" INT TERM HUP; exit 130' INT TERM HUP
