#!/bin/bash
# What takes too long for every change, one after the other; run.sh --long calls
# it. What each prints is in out/long/; the table at the end says how each ended.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

mkdir -p out/long
out=$(cd out/long && pwd)
status=0
table=()

step() {
  local name=$1 begun=$SECONDS result=passed
  shift
  echo "--- $name: $*"
  TALLY_JSON=$out/$name.json "$@" >"$out/$name.log" 2>&1 || { result=FAILED && status=1; }
  table+=("$(printf '%-12s %6d s  %-6s  %s' "$name" $((SECONDS - begun)) "$result" "$(tail -n 1 "$out/$name.log")")")
  printf '%s\n' "${table[-1]}"
}

step faults testing/faults/run.sh
step hostile testing/hostile/run.sh
step soak testing/soak/run.sh
step fuzz testing/fuzz/run.sh --seconds=600
step deploy testing/deploy/run.sh
step lint testing/lint.sh
step coverage testing/coverage.sh
step benchmarks testing/benchmarks/run.sh

echo
printf '%s\n' "${table[@]}"
exit "$status"
