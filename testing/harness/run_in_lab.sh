#!/bin/bash
# run_in_lab.sh BIN PROGRAM.py ARG...: brings a lab up in a sandbox and runs a
# program in Python on its device. BIN is the folder of what Bazel built, "." in
# a test of Bazel's. Runs in the root folder of the workspace.
set -euo pipefail

BIN=$(cd "$1" && pwd)
export LOCALSTORED=$BIN/server/localstored LOCALSTORECTL=$BIN/client/localstorectl
export FAULT_PRELOAD=$BIN/testing/faults/libfault_preload.so
export LAB_SCRIPT=$PWD/testing/lab/lab.sh LAB_PREFIX=proof
shift

if [[ $1 != --inside ]]; then
  scratch=
  if [[ -z ${TEST_TMPDIR:-} ]]; then
    scratch=$(mktemp -d)
    export TEST_TMPDIR=$scratch
  fi
  status=0
  "$LAB_SCRIPT" sandbox "$0" "$BIN" --inside "$@" || status=$?
  [[ -z $scratch ]] || rm -rf "$scratch"
  exit "$status"
fi
shift
export LAB_DIR=${TEST_TMPDIR:?}/lab
trap '"$LAB_SCRIPT" down' EXIT
"$LAB_SCRIPT" up
"$LAB_SCRIPT" exec --net-only /usr/bin/python3 -B "$@"
