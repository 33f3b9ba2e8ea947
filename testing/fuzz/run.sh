#!/bin/bash
# Fuzzes the targets of this folder, each from its corpus, as many at a time as
# there are processors:
#   testing/fuzz/run.sh [--seconds=600] [--jobs=N] [TARGET...]
# TARGETs are names such as dns_message; all of them when none is given. What was
# found is in out/fuzz/TARGET/: crash-* is an input to add to corpus/TARGET, which
# the ordinary tests replay. Exit code 0 only without findings; a table at the end.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8

seconds=600
jobs=$(nproc)
names=()
for argument in "$@"; do
  case $argument in
    --seconds=*) seconds=${argument#*=} ;;
    --jobs=*) jobs=${argument#*=} ;;
    -*)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 2
      ;;
    *) names+=("${argument%_fuzz}") ;;
  esac
done
if [[ ${#names[@]} -eq 0 ]]; then
  for source in testing/fuzz/*_fuzz.cc; do names+=("$(basename "$source" _fuzz.cc)"); done
fi

# The differential target has the corpus of the one it is beside.
corpus_of() { if [[ $1 == dns_differential ]]; then echo dns_message; else echo "$1"; fi; }

deploy/packages.sh build test fuzz
labels=()
for name in "${names[@]}"; do labels+=("//testing/fuzz:${name}_fuzz"); done
bazel build --config=fuzz "${labels[@]}"
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
for name in "${names[@]}"; do cp -L "out/bin/testing/fuzz/${name}_fuzz" "$bin/"; done

# Leaves its row of the table in $bin/row-NAME.
fuzz() {
  local name=$1 found=$PWD/out/fuzz/$1 result=nothing begun=$SECONDS runs covered
  local log=$found/log
  mkdir -p "$found" "$bin/corpus-$name"
  "$bin/${name}_fuzz" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$found/" "$bin/corpus-$name" "testing/fuzz/corpus/$(corpus_of "$name")" >"$log" 2>&1 ||
    result="A FINDING, see $log"
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1) || true
  printf '%-18s %6s s %12s inputs  %-12s %s\n' "$name" $((SECONDS - begun)) "${runs:-?}" "${covered:-}" "$result" |
    tee "$bin/row-$name"
  [[ $result == nothing ]]
}

status=0
running=0
await_one() {
  wait -n || status=1
  running=$((running - 1))
}
for name in "${names[@]}"; do
  ((running < jobs)) || await_one
  fuzz "$name" &
  running=$((running + 1))
done
while ((running > 0)); do await_one; done
echo
for name in "${names[@]}"; do cat "$bin/row-$name"; done
exit "$status"
