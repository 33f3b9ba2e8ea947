#!/bin/bash
# Prints what the build will use, and fails where that is too old to work.
set -euo pipefail

too_old=

# at_least NAME FOUND WANTED
at_least() {
  printf '%s %s\n' "$1" "${2:-missing}"
  [[ -n $2 && $(printf '%s\n%s\n' "$3" "$2" | sort -V | head -n1) == "$3" ]] && return 0
  echo "  $1 $3 or newer is needed: Debian 12 has it" >&2
  too_old=yes
}

library() { at_least "$1" "$(pkg-config --modversion "$2" 2>/dev/null || true)" "$3"; }

bazel_version=$(dpkg-query -W -f='${Version}' bazel-bootstrap 2>/dev/null || true)
at_least Bazel "${bazel_version%%+*}" 4.2.3
at_least g++ "$(g++ -dumpfullversion 2>/dev/null || true)" 12
at_least protoc "$(protoc --version 2>/dev/null | cut -d' ' -f2 || true)" 3.21
library gRPC grpc++ 1.51
library Abseil absl_base 20220623
library libcurl libcurl 7.88
library OpenSSL libssl 3.0
[[ -z $too_old ]]
