#!/bin/bash
# The benchmarks: builds the optimised programs and runs every *_benchmark of
# this folder on the device of a lab of its own. Each prints one table; the same
# as JSON is written to out/benchmarks/ (or $BENCHMARK_RESULTS), with one table of
# all of them as Markdown, table.md. growth_benchmark also leaves growth.svg there;
# testing/benchmarks/plot.py growth.json growth.svg draws it again.
#   testing/benchmarks/run.sh [NAME_benchmark...]
# Needs Debian 12 and root. The figures of a machine that has other things to do
# are worth little: the ratios, taken in one run, are worth more.
set -euo pipefail

HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
ROOT=$(cd "$HERE/../.." && pwd)

# In the sandbox: the one benchmark $2, on the device of a lab.
if [[ ${1:-} == --inside ]]; then
  trap '"$LAB_SCRIPT" down' EXIT
  "$LAB_SCRIPT" up
  "$LAB_SCRIPT" exec --net-only "$HERE/$2"
  exit
fi

cd "$ROOT"
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8
deploy/packages.sh build lab test benchmark
bazel build --config=opt //server:localstored //client:localstorectl //testing/benchmarks:all

BENCHMARK_RESULTS=${BENCHMARK_RESULTS:-$ROOT/out/benchmarks}
mkdir -p "$BENCHMARK_RESULTS"
BIN=$(cd out/bin && pwd -P)
export BENCHMARK_RESULTS
export LAB_SCRIPT=$ROOT/testing/lab/lab.sh LAB_PREFIX=benchmark
export LOCALSTORED=$BIN/server/localstored LOCALSTORECTL=$BIN/client/localstorectl
export RPC_LOAD=$BIN/testing/benchmarks/rpc_load MDNS_FARM=$BIN/testing/benchmarks/mdns_farm
export BENCHMARK_BIN=$BIN/testing/benchmarks

names=("$@")
if [[ ${#names[@]} -eq 0 ]]; then
  for path in "$HERE"/*_benchmark; do names+=("$(basename "$path")"); done
fi
status=0
for name in "${names[@]}"; do
  TEST_TMPDIR=$(mktemp -d)
  export TEST_TMPDIR LAB_DIR=$TEST_TMPDIR/lab
  "$LAB_SCRIPT" sandbox "$HERE/run.sh" --inside "$name" || status=1
  rm -rf "$TEST_TMPDIR"
done
python3 "$HERE/joint_table.py" "$BENCHMARK_RESULTS" >"$BENCHMARK_RESULTS/table.md"
exit "$status"
