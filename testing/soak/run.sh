#!/bin/bash
# The soak: 50 downloads a minute, with cancels, disconnects, removes, watches
# and an App that moves, in a lab with real avahi-daemon and nginx; then nothing
# may have grown, and no sanitizer may have anything to say.
#   testing/soak/run.sh [--sanitize=asan|tsan] [--seconds=600] [--seed=N]
# The programs are copied before they run, so that builds can go on meanwhile.
# Needs Debian 12 and root.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8

options=()
arguments=(--seconds=600)
for argument in "$@"; do
  case $argument in
    --sanitize=asan)
      options+=(--config=asan)
      export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
      ;;
    --sanitize=tsan)
      options+=(--config=tsan)
      # Reports are looked for in the log (testing/sanitizers/reports.py).
      export TSAN_OPTIONS=ignore_noninstrumented_modules=1:second_deadlock_stack=1:exitcode=0
      ;;
    --seconds=* | --seed=*) arguments+=("$argument") ;;
    *)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 2
      ;;
  esac
done

deploy/packages.sh build lab test
bazel build "${options[@]}" //testing/soak:soak_test
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -rL out/bin/testing/soak/soak_test.runfiles/localstore "$scratch/programs"
export TEST_TMPDIR=$scratch/tmp
mkdir "$TEST_TMPDIR"
cd "$scratch/programs"
testing/harness/run_in_lab.sh . testing/soak/soak.py "${arguments[@]}"
