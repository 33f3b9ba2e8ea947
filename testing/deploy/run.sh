#!/bin/bash
# Deployment, tried for real: installs what that takes, builds the packages, and
# runs the parts, which bring their own systems, containers and devices.
#   testing/deploy/run.sh [--skip-build] [PART...]
# PARTs: debian manifests compose image; all of them by default. Takes minutes, the
# first time a quarter of an hour, because "image" builds within a container, too
# (unless BAZEL_DISK_CACHE names a folder that Bazel already filled). Needs Debian 12
# and root, and the network for Debian's and npm's packages. Exit code 0: all passed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8

build=yes
parts=()
for argument in "$@"; do
  case $argument in
    debian | manifests | compose | image) parts+=("$argument") ;;
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
[[ ${#parts[@]} -gt 0 ]] || parts=(manifests debian compose image)

deploy/packages.sh build lab deploy
[[ -z $build ]] || bazel build --config=opt --show_result=0 //deploy/...

table=()
failed=0
for part in "${parts[@]}"; do
  printf '\n== %s\n' "$part"
  begun=$SECONDS
  result=passed
  testing/deploy/"$part"_check.sh || result=FAILED
  [[ $result == passed ]] || failed=$((failed + 1))
  table+=("$(printf '%-12s %-8s %4d s' "$part" "$result" "$((SECONDS - begun))")")
done

printf '\n'
printf '%s\n' "${table[@]}"
printf '%d passed, %d failed\n' "$((${#parts[@]} - failed))" "$failed"
((failed == 0))
