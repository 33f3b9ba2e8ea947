#!/bin/bash
# Builds the container image from this checkout with docker, podman or buildah.
#   deploy/image.sh [--engine=docker|podman|buildah] [--tag=NAME:TAG] [--base=IMAGE] [OPTION...]
# --engine: by default the first of them that works here. --tag: localstore:VERSION. --base: what
# it is built in, debian:12-slim or what behaves like it; it is not part of the image. Further
# OPTIONs go to the engine's build command. Without any engine: bazel build --config=opt
# //deploy/oci:image.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' deploy/version.bzl)
engine=
tag=localstore:$version
base=
options=()
for argument in "$@"; do
  case $argument in
    --engine=docker | --engine=podman | --engine=buildah) engine=${argument#*=} ;;
    --tag=*) tag=${argument#*=} ;;
    --base=*) base=${argument#*=} ;;
    --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) options+=("$argument") ;;
  esac
done

works() { command -v "$1" >/dev/null && "$1" info >/dev/null 2>&1; }

if [[ -z $engine ]]; then
  for engine in docker podman buildah none; do
    works "$engine" && break
  done
fi
if [[ $engine == none ]]; then
  echo "image.sh: neither docker nor podman nor buildah works here; without them:" >&2
  echo "  bazel build --config=opt //deploy/oci:image" >&2
  exit 1
fi

build=(build)
# HEALTHCHECK is Docker's own; the OCI's format has no place for it.
[[ $engine == docker ]] || build+=(--format docker)
# What is built already need not be built again.
[[ $engine != buildah ]] || build+=(--layers)
[[ -z $base ]] || build+=(--build-arg "BASE=$base")
build+=(--label "org.opencontainers.image.version=$version" --file deploy/Dockerfile --tag "$tag")
echo "Building $tag with $engine"
"$engine" "${build[@]}" "${options[@]}" .
echo "Built $tag"
