#!/bin/bash
# Unpacks Debian's systemd-resolved beside this script, for resolved_test.
# Never install it on a machine: it takes over /etc/resolv.conf.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
[[ ! -x resolved/lib/systemd/systemd-resolved ]] || exit 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && apt-get -q download systemd-resolved)
dpkg -x "$scratch"/systemd-resolved_*.deb "$scratch/unpacked"
rm -rf resolved
mv "$scratch/unpacked" resolved
