#!/bin/bash
# The real localstored in a lab, with everything failing around it: it is killed,
# its disk fails, Apps and bridges go, packets are lost, web servers lie, the
# clock jumps, its store is damaged. Prints a table of what was tried and what
# came of it; exit code 0 only if nothing was wrong.
#   testing/faults/run.sh [--quick] [--seed=N] [--count=N] [--only=TEXT]
# --quick: a few of each, under 90 seconds. --count: so many of each. --only:
# the rows whose name holds TEXT. The same seed makes the same images, moments
# and failures. $TALLY_JSON names a file that gets the table as JSON.
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
bazel build --config=opt //server:localstored //client:localstorectl //testing/faults:fault_preload
exec testing/harness/run_in_lab.sh "$(cd out/bin && pwd -P)" testing/faults/faults.py "$@"
