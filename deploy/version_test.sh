#!/bin/bash
# The packages are called after the version of what is in them.
set -euo pipefail

constant() { sed -n "s/^$1 = \"\(.*\)\"$/\1/p" deploy/version.bzl; }
version=$(constant VERSION)

check() {
  [[ $2 == "$3" ]] && return 0
  echo "$1: $2, and not $3 as in deploy/version.bzl" >&2
  exit 1
}

[[ -n $version ]]
check "localstored" "$(server/localstored --version | cut -d' ' -f2)" "$version"
check "localstorectl" "$(client/localstorectl --version | grep -o '[0-9][0-9.]*' | head -n1)" "$version"
check "debian/changelog" "$(sed -n '1s/.*(\(.*\)).*/\1/p' deploy/debian/changelog)" "$version"
time=$(sed -n '/^ -- /{s/.*>  //p;q}' deploy/debian/changelog)
check "debian/changelog's time" "$(date -d "$time" +%s)" "$(constant SOURCE_DATE_EPOCH)"
