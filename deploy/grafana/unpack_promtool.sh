#!/bin/bash
# Unpacks promtool from Debian's prometheus package beside this script, for
# promtool_test: the package itself would start a server.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
[[ ! -x promtool/promtool ]] || exit 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && apt-get -q download prometheus)
dpkg -x "$scratch"/prometheus_*.deb "$scratch/unpacked"
mkdir -p promtool
mv "$scratch/unpacked/usr/bin/promtool" promtool/promtool
