#!/bin/bash
# Hostile peers around the real localstored in a lab: an App that sends malformed,
# looping, giant and spoofed mDNS, a web server of more than a hundred
# misbehaviours, callers that send nonsense, too much and too many. Meanwhile
# another caller is served and memory is measured. Prints a table, with what
# each misbehaviour led to; exit code 0 only if nothing was wrong.
#   testing/hostile/run.sh [--quick] [--seed=N] [--only=TEXT]
# --quick: the shorter form, under 90 seconds. --only: rows whose name holds
# TEXT ("web server", "caller: ...", "mDNS: ..."). $TALLY_JSON names a file that
# gets the table as JSON.
set -euo pipefail

HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
ROOT=$(cd "$HERE/../.." && pwd)
if [[ ${1:-} == --help ]]; then
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
  exit 0
fi
cd "$ROOT"
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8
deploy/packages.sh build lab test
bazel build --config=opt //server:localstored //client:localstorectl
exec testing/harness/run_in_lab.sh "$(cd out/bin && pwd -P)" testing/hostile/hostile.py "$@"
