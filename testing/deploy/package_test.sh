#!/bin/bash
# The Debian package holds what it should, and its configuration file and
# manual page are right.
#   package_test.sh DEB PROGRAM
set -euo pipefail
deb=$1 program=$2

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

dpkg-deb --info "$deb" >/dev/null
root=$TEST_TMPDIR/root
dpkg-deb -R "$deb" "$root"
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' deploy/version.bzl)
[[ $(dpkg-deb -f "$deb" Version) == "$version" ]] || fail "another version than $version"
owners=$(dpkg-deb -c "$deb" | awk '{print $2}' | sort -u)
[[ $owners == root/root ]] || fail "owners: $owners"
times=$(TZ=UTC dpkg-deb -c "$deb" | awk '{print $4, $5}' | sort -u)
[[ $(wc -l <<<"$times") == 1 ]] || fail "times: $times"
(cd "$root" && md5sum --check --quiet DEBIAN/md5sums) || fail "md5sums"
[[ $(cat "$root/DEBIAN/conffiles") == /etc/localstore/localstored.conf ]] || fail "conffiles"
for script in postinst postrm prerm; do sh -n "$root/DEBIAN/$script"; done
bash -n "$root/usr/share/bash-completion/completions/localstorectl"

# Repacked, with all times put where they were, it is the same.
SOURCE_DATE_EPOCH=$(sed -n 's/^SOURCE_DATE_EPOCH = "\(.*\)"$/\1/p' deploy/version.bzl)
export SOURCE_DATE_EPOCH
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$root" "$TEST_TMPDIR/again.deb" >/dev/null
cmp "$deb" "$TEST_TMPDIR/again.deb" || fail "repacked, another package"

conf=$root/etc/localstore/localstored.conf
"$program" --check_config --config="$conf" || fail "the configuration as shipped"
# What each line in it shows can be had by taking the "#" away.
tried=0
while read -r line; do
  printf '%s\n' "${line#\#}" >"$TEST_TMPDIR/one.conf"
  "$program" --check_config --config="$TEST_TMPDIR/one.conf" >"$TEST_TMPDIR/said" 2>&1 ||
    fail "$line: $(cat "$TEST_TMPDIR/said")"
  tried=$((tried + 1))
done < <(grep -E '^#[a-z_]+(:| \{ [a-z]).*' "$conf" | grep -v '""')
((tried >= 15)) || fail "only $tried settings with a default"
sed -n '/^#[a-z]* {$/,/^#}/s/^#//p' "$conf" >"$TEST_TMPDIR/messages.conf"
grep -q fqdn "$TEST_TMPDIR/messages.conf" || fail "no datastore to be seen"
# The group is the package's, and perhaps not this machine's.
sed -i 's/group:localstore/gid:1000/' "$TEST_TMPDIR/messages.conf"
"$program" --check_config --config="$TEST_TMPDIR/messages.conf" || fail "the datastore and rule that are shown"

manual=$TEST_TMPDIR/localstored.8
gunzip -c "$root/usr/share/man/man8/localstored.8.gz" >"$manual"
said=$(LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -z "$manual" 2>&1)
[[ -z $said ]] || fail "manual page: $said"
flags=0
while read -r flag; do
  flags=$((flags + 1))
  case $flag in
    config | check_config | health_check) grep -qF -- "\\-\\-$flag" "$manual" || fail "--$flag is not in the manual" ;;
    *) grep -qx "\.B $flag" "$manual" || fail "$flag is not in the manual" ;;
  esac
done < <({ "$program" --help || true; } | sed -n 's/^ *--\([a-z_]*\) (.*/\1/p')
((flags >= 25)) || fail "only $flags flags"
echo "package, $tried settings with a default, manual page with $flags flags: right"
