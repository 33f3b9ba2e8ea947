#!/bin/bash
# Deployment, tried for real: installs what that takes, builds the packages, and
# runs the parts, which bring their own systems, containers and devices.
#   testing/deploy/run.sh [--skip-build] [PART...]
#   units      what needs no system of its own: units and how locked up they are, package,
#              image archive twice the same, Prometheus' rules
#   manifests  Kubernetes, Compose file, Dockerfiles, held against their validators
#   debian     the package in a booted Debian 12: install, upgrade in mid-download, purge
#   image      the container image, built by podman, buildah, Docker and Bazel, and run
#   compose    the demonstration, by docker-compose and by podman
# All of them by default. Takes minutes, the first time half an hour, because "image" and
# "compose" build within containers, too (unless BAZEL_DISK_CACHE names a folder that Bazel
# already filled). Needs Debian 12 and root, and the network for Debian's and npm's packages.
# Ends with "N passed, N failed", of PARTs; exit code 0: all passed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8

build=yes
parts=()
for argument in "$@"; do
  case $argument in
    units | manifests | debian | image | compose) parts+=("$argument") ;;
    --skip-build) build= ;;
    --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *)
      echo "run.sh: unknown argument $argument; see --help" >&2
      exit 2
      ;;
  esac
done
[[ ${#parts[@]} -gt 0 ]] || parts=(units manifests debian image compose)

deploy/packages.sh build lab test deploy
[[ -z $build ]] || bazel build --config=opt --show_result=0 //deploy/...

check_units() {
  deploy/grafana/unpack_promtool.sh
  bazel test --config=opt --test_output=all --show_result=0 //deploy/... //testing/deploy/... //deploy/grafana:promtool_test
}

check() {
  case $1 in
    units) check_units ;;
    *) testing/deploy/"$1"_check.sh ;;
  esac
}

table=()
failed=0
for part in "${parts[@]}"; do
  printf '\n== %s\n' "$part"
  begun=$SECONDS
  result=passed
  check "$part" || result=FAILED
  [[ $result == passed ]] || failed=$((failed + 1))
  table+=("$(printf '%-12s %-8s %4d s' "$part" "$result" "$((SECONDS - begun))")")
done

printf '\n'
printf '%s\n' "${table[@]}"
printf '%d passed, %d failed\n' "$((${#parts[@]} - failed))" "$failed"
((failed == 0))
