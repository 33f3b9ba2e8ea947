#!/bin/bash
# Fuzzes the targets of this folder, one after another, each from its corpus:
#   testing/fuzz/run.sh [--seconds=600] [TARGET...]
# TARGETs are names such as dns_message; all of them when none is given. What was
# found is in out/fuzz/TARGET/: crash-* is an input to add to corpus/TARGET, which
# the ordinary tests replay. Exit code 0 only without findings; a table at the end.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8

seconds=600
names=()
for argument in "$@"; do
  case $argument in
    --seconds=*) seconds=${argument#*=} ;;
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

status=0
table=()
for name in "${names[@]}"; do
  found=$PWD/out/fuzz/$name
  mkdir -p "$found" "$bin/corpus-$name"
  log=$found/log
  result=nothing
  "$bin/${name}_fuzz" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$found/" "$bin/corpus-$name" "testing/fuzz/corpus/$(corpus_of "$name")" >"$log" 2>&1 ||
    result="A FINDING, see $log" status=1
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
  table+=("$(printf '%-18s %6s s %12s inputs  %-12s %s' "$name" "$seconds" "${runs:-?}" "${covered:-}" "$result")")
  printf '%s\n' "${table[-1]}"
done
echo
printf '%s\n' "${table[@]}"
exit "$status"
