#!/bin/bash
# The units, users and folders of the package are what systemd takes, and the
# service is as locked up as it is meant to be.
#   units_test.sh FOLDER PROGRAM
set -euo pipefail
units=$1 program=$PWD/$2

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

root=$TEST_TMPDIR/units
mkdir -p "$root"
sed "s|^ExecStart=/usr/sbin/localstored|ExecStart=$program|" "$units/localstored.service" >"$root/localstored.service"
cp "$units/localstored.socket" "$root/"
grep -qF "ExecStart=$program" "$root/localstored.service" || fail "another ExecStart"

# It warns with exit code 0.
said=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$root"/localstored.{service,socket} 2>&1) || true
[[ -z $said ]] || fail "systemd-analyze verify: $said"

# In tenths: 20 is 2.0.
systemd-analyze security --no-pager --offline=true --threshold=20 "$root/localstored.service" >"$root/security" ||
  fail "$(cat "$root/security")"
tail -n 1 "$root/security"

mkdir -p "$root/etc"
systemd-sysusers --root="$root" "$PWD/$units/localstore.sysusers" >/dev/null 2>&1
grep -q '^localstore:x:[0-9]*:[0-9]*:Localstore:/var/lib/localstore:/usr/sbin/nologin$' "$root/etc/passwd" ||
  fail "no user: $(cat "$root/etc/passwd")"
# As they are, without a user who may give folders away.
said=$(systemd-tmpfiles --root="$root" --dry-run --create "$PWD/$units/localstore.tmpfiles" 2>&1) || true
[[ $said != *"unrecognized option"* ]] || said=$(systemd-tmpfiles --root="$root" --create "$PWD/$units/localstore.tmpfiles" 2>&1) || true
[[ -d $root/run/localstore ]] || fail "systemd-tmpfiles made no /run/localstore: $said"
echo "units, user and folder: right"
