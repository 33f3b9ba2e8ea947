#!/bin/bash
# All the tests: installs what they need, builds and runs them, prints the logs
# of those that failed, and ends with "N passed, N failed".
#   testing/run.sh [--sanitize=asan|tsan] [TARGET...]
#   testing/run.sh --coverage      which lines of resolver and fetcher they reach
#   testing/run.sh --long          all that takes long, one after the other: the
#                                  full faults and hostile peers, the soak, ten
#                                  minutes of fuzzing for each target, packages and
#                                  images, all static checks, the benchmarks
# N counts GoogleTest's cases one by one; a shell test counts as one. What could
# not be built or did not run counts as failed. Needs Debian 12 and root (for
# the packages; with those there, any user who may make user namespaces).
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8

options=(--keep_going --test_output=errors --local_ram_resources='HOST_RAM*.8')
targets=()
for argument in "$@"; do
  case $argument in
    --coverage) exec testing/coverage.sh ;;
    --long) exec testing/long.sh ;;
    --sanitize=asan | --sanitize=tsan) options+=("--config=${argument#*=}") ;;
    --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    -*)
      echo "run.sh: unknown option $argument; see --help" >&2
      exit 2
      ;;
    *) targets+=("$argument") ;;
  esac
done
# The interoperability tests need what is fetched below and are therefore not in //...
[[ ${#targets[@]} -gt 0 ]] ||
  targets=(//... //testing/interop:{interop,resolved}_test //testing/interop_clients:interop_clients_test
    //testing/docs:pages_test //deploy/grafana:promtool_test)

install_from_npm() {
  local folder=$1
  [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] ||
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
}

events=$(mktemp)
trap 'rm -f "$events"' EXIT

deploy/packages.sh build lab test
deploy/versions.sh
among_targets() { [[ "${targets[*]}" == *"//$1"[:/]* ]]; }

install_for() {
  local folder=$1
  install_from_npm "$folder" || echo "npm failed, and so will the tests that use $folder" >&2
}

if among_targets testing/interop; then install_for testing/interop; fi
if among_targets testing/interop_clients || among_targets testing/docs; then install_for testing/interop_clients; fi
if among_targets testing/interop; then
  testing/interop/unpack_resolved.sh || echo "systemd-resolved is not to be had, and resolved_test will fail" >&2
fi
if among_targets deploy/grafana; then
  deploy/grafana/unpack_promtool.sh || echo "promtool is not to be had, and promtool_test will fail" >&2
fi

status=0
bazel test "${options[@]}" --build_event_json_file="$events" -- "${targets[@]}" || status=$?
python3 testing/test_summary.py "$events" "$status"
