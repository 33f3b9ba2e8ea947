#!/bin/bash
# Which lines the tests reach, by gcov: a table by folder, and what is left.
#   testing/coverage.sh [FOLDER...]
# FOLDERs (resolver fetcher, when none is given) are built with counters, and
# their tests run; exit code 1 when a test fails or less than 90 % is reached.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8

folders=("$@")
[[ ${#folders[@]} -gt 0 ]] || folders=(resolver fetcher)
deploy/packages.sh build lab test
counters=$(mktemp -d)
trap 'rm -rf "$counters"' EXIT

# gcov's notes are no outputs of Bazel's: the compiler has to run where they may
# stay, and what a cache has brings none.
options=(
  --disk_cache= --platform_suffix=coverage --strategy=CppCompile=local --spawn_strategy=local
  --copt=--coverage --linkopt=--coverage --copt=-O0 --copt=-fprofile-update=atomic
  --strategy=TestRunner=local "--test_env=GCOV_PREFIX=$counters" --nocache_test_results
  --test_tag_filters=-manual --keep_going --test_output=errors
)
status=0
bazel test "${options[@]}" -- "${folders[@]/%//...}" || status=$?
root=$(bazel info execution_root)
python3 testing/coverage.py "$counters" "$root" "${folders[@]}" || status=1
exit "$status"
