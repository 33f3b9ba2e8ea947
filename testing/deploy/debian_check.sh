#!/bin/bash
# The Debian package in a real Debian 12 with systemd: installs, starts, serves,
# is supervised, is upgraded while it downloads, is removed and purged.
#   debian_check.sh [DEB]   (root; packages of "deploy/packages.sh lab deploy")
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=testing/deploy/lib/common.sh
source testing/deploy/lib/common.sh
# shellcheck source=testing/deploy/lib/rootfs.sh
source testing/deploy/lib/rootfs.sh
# shellcheck source=testing/deploy/lib/system.sh
source testing/deploy/lib/system.sh
deb=$(readlink -f "${1:-out/bin/deploy/debian/localstore.deb}")

clean_up() { system_end; }

depends() { dpkg-deb -f "$deb" Pre-Depends Depends | sed 's/^[A-Za-z-]*://; s/([^)]*)//g; s/[ ,]\+/ /g'; }

is() { [[ $(inside systemctl is-active "$1") == "$2" ]]; }
main_pid() { inside systemctl show --property=MainPID --value localstored.service; }
status_line() { inside sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }

# What is in the file system but for what any installation of a package changes.
files() {
  inside find / -xdev -path /proc -prune -o -path /sys -prune -o -path /tmp -prune -o \
    -path /var/log -prune -o -path /var/cache -prune -o -path /var/lib/dpkg -prune -o \
    -path /var/lib/apt -prune -o -path /root -prune -o -path /var/lib/systemd/catalog -prune -o \
    -path /var/lib/systemd/timers -prune -o -path /var/tmp -prune -o -type f -printf '%p\n' -o -printf '%p\n' |
    grep -Ev '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^/etc/(sysusers|tmpfiles)\.d$|/\.pwd\.lock$|^/var/lib/systemd/(random-seed|deb-systemd-helper-(enabled|masked)(/[a-z-]*\.target\.wants)?)$' | sort
}

# Another version of the package, with another default in its configuration file.
next_version() {
  local root=$scratch/next
  dpkg-deb -R "$deb" "$root"
  sed -i 's/^Version: .*/&+1/' "$root/DEBIAN/control"
  sed -i '1i # Of the next version.' "$root/etc/localstore/localstored.conf"
  dpkg-deb --root-owner-group --build "$root" "$system_root/root/next.deb" >/dev/null
}

step "What lintian says"
expect "nothing" lintian --fail-on error,warning "$deb"

step "A device with bridges and Apps, and a Debian system on it"
lab up
mapfile -t wanted < <(depends | tr ' ' '\n' | grep .)
system_boot "$(root_archive debian systemd systemd-sysv dbus "${wanted[@]}")"
files >"$scratch/before"
cp "$deb" "$system_root/root/localstore.deb"

step "Install"
expect "installs, with Debian's packages alone" \
  inside apt-get install -y --no-install-recommends /root/localstore.deb
expect "the socket is there" wait_until 20 is localstored.socket active
expect "the service has said that it is ready" wait_until 20 is localstored.service active
expect "both start at boot" inside systemctl is-enabled localstored.socket localstored.service
expect "the administrator can call it" inside localstorectl status
inside useradd tester
refuse "another user cannot" inside setpriv --reuid=tester --regid=tester --clear-groups localstorectl status
inside usermod -aG localstore tester
expect "a member of the group localstore can" inside setpriv --reuid=tester --regid=tester --init-groups localstorectl status
expect "its health can be asked for" inside localstored --health_check --config=/etc/localstore/localstored.conf
inside userdel tester

step "Locked up"
pid=$(main_pid)
[[ $(status_line "$pid" CapBnd) =~ ^0+$ ]] || fail "capabilities: $(status_line "$pid" CapBnd)"
[[ $(status_line "$pid" NoNewPrivs) == 1 ]] || fail "it can get new privileges"
[[ $(status_line "$pid" Seccomp) == 2 ]] || fail "no filter of system calls"
passed "no capability, no new privileges, a filter of system calls"
# In tenths: 20 is 2.0.
inside systemd-analyze security --no-pager --threshold=20 localstored.service >"$scratch/security" 2>&1 ||
  fail "systemd-analyze security: $(tail -n 1 "$scratch/security")"
passed "systemd-analyze security: $(sed -n 's/^.*Overall/Overall/p' "$scratch/security")"

step "Download"
lab app file store images/demo.img 64M >"$scratch/sha256"
sha256=$(<"$scratch/sha256")
expect "finds $HOST" inside localstorectl resolve "$HOST"
expect "downloads an image" inside localstorectl download --sha256="$sha256" "http://$HOST/images/demo.img"
[[ $(inside sha256sum /var/lib/localstore/images/demo.img) == "$sha256 "* ]] || fail "the file differs"
passed "it is in /var/lib/localstore/images"

step "Configuration"
inside sed -i 's/^#max_active_downloads: 4$/max_active_downloads: 7/' /etc/localstore/localstored.conf
expect "reloads" inside systemctl reload localstored.service
reloaded() { inside journalctl --no-pager -u localstored.service | grep -q 'configuration reloaded.*changed=.*max_active_downloads'; }
wait_until 10 reloaded || fail "no word of the reload: $(inside journalctl --no-pager --lines=5 -u localstored.service)"
passed "the journal tells what changed"

step "Addresses"
inside mkdir -p /etc/systemd/system/localstored.socket.d
inside sh -c 'printf "[Socket]\nListenStream=127.0.0.1:50051\n" >/etc/systemd/system/localstored.socket.d/override.conf'
inside systemctl daemon-reload
inside systemctl stop localstored.service localstored.socket
expect "the socket unit can have another" inside systemctl restart localstored.socket localstored.service
expect "which is served" inside localstorectl --server=127.0.0.1:50051 status
expect "beside the first" inside localstorectl status
inside rm -r /etc/systemd/system/localstored.socket.d
inside systemctl daemon-reload
inside systemctl stop localstored.service localstored.socket
inside systemctl start localstored.socket localstored.service

step "Socket activation"
inside systemctl stop localstored.service 2>/dev/null
refuse "the service has ended" is localstored.service active
expect "a call starts it" inside localstorectl status
expect "it is there again" wait_until 20 is localstored.service active

step "Supervision"
restarts() { inside systemctl show --property=NRestarts --value localstored.service; }
inside systemctl kill --signal=KILL localstored.service
started_again() { [[ $(restarts) -ge $1 ]] && is localstored.service active; }
expect "killed, it is started again" wait_until 20 started_again 1
inside mkdir -p /run/systemd/system/localstored.service.d
inside sh -c 'printf "[Service]\nWatchdogSec=2s\n" >/run/systemd/system/localstored.service.d/test.conf'
inside systemctl daemon-reload
inside systemctl restart localstored.service
before=$(restarts)
sleep 3
started_again "$before" || fail "the watchdog struck although nothing hangs"
inside systemctl kill --signal=STOP localstored.service
expect "hanging, it is started again" wait_until 30 started_again "$((before + 1))"
inside rm -r /run/systemd/system/localstored.service.d
inside systemctl daemon-reload
inside systemctl restart localstored.service

step "Upgrade while it downloads"
next_version
# Half a minute at the speed of /slow: the upgrade falls into it on a busy machine, too.
large=$(lab app file store images/large.img 256M)
inside localstorectl download --id=upgraded --sha256="$large" --destination=upgraded.img \
  "http://$HOST/slow/images/large.img" >"$scratch/download.log" 2>&1 &
download=$!
transferring() { inside localstorectl status --output=json | grep -q '"upgraded"'; }
expect "a download runs" wait_until 10 transferring
sleep 2
expect "upgrades" inside apt-get install -y -o Dpkg::Options::=--force-confold /root/next.deb
[[ $(inside dpkg-query -W localstore) == *+1 ]] || fail "not upgraded"
expect "serves at once" inside localstorectl status
wait "$download" || fail "the download did not survive: $(cat "$scratch/download.log")"
[[ $(inside sha256sum /var/lib/localstore/images/upgraded.img) == "$large "* ]] || fail "the file differs"
lab app log store | grep -qE $'\tGET /slow/images/large.img .*\t206\t.*\tbytes=[1-9][0-9]*-' ||
  fail "it was not resumed: $(lab app log store | grep slow)"
passed "the download went on where it was, under its caller's eyes"
inside grep -qx 'max_active_downloads: 7' /etc/localstore/localstored.conf || fail "the configuration is lost"
passed "the changed configuration is kept"

step "Remove, install again, purge"
expect "removes" inside dpkg --remove localstore
refuse "the service is gone" is localstored.service active
expect "the images are kept" inside test -s /var/lib/localstore/images/upgraded.img
expect "installs again" inside apt-get install -y /root/localstore.deb --allow-downgrades -o Dpkg::Options::=--force-confold
expect "serves again" inside localstorectl status
# Whoever is a member may not keep the group from going.
inside useradd tester
inside usermod -aG localstore tester
expect "purges" inside dpkg --purge localstore
inside userdel tester
files >"$scratch/after"
diff "$scratch/before" "$scratch/after" >"$scratch/left" || fail "left behind: $(cat "$scratch/left")"
passed "nothing is left in the file system"
refuse "no user is left" inside getent passwd localstore
refuse "no group is left" inside getent group localstore
refuse "no unit is left" inside systemctl cat localstored.service
[[ -z $(inside systemctl list-units --all --no-legend 'localstore*') ]] || fail "$(inside systemctl list-units --all 'localstore*')"
passed "systemd knows nothing of it any more"

# The lines of a page that are indented as code, from the N-th such block.
block() { awk -v wanted="$2" '/^    /{if (!in_block) {n++; in_block = 1} if (n == wanted) print substr($0, 5); next} {in_block = 0}' "$1"; }

step "By hand, as deploy/systemd/README.md has it"
checkout=$system_root/root/checkout
mkdir -p "$checkout/deploy" "$checkout/out/bin/deploy/programs" "$checkout/out/bin/deploy/debian"
cp -r deploy/systemd "$checkout/deploy/"
dpkg-deb --fsys-tarfile "$deb" | tar -C "$checkout" -x ./usr/sbin/localstored ./usr/bin/localstorectl ./etc/localstore/localstored.conf
mv "$checkout/usr/sbin/localstored" "$checkout/usr/bin/localstorectl" "$checkout/out/bin/deploy/programs/"
mv "$checkout/etc/localstore/localstored.conf" "$checkout/out/bin/deploy/debian/"
run_block() { block deploy/systemd/README.md "$1" | inside bash -euxc 'cd /root/checkout && source /dev/stdin'; }
expect "its first lines install it" run_block 1
expect "it serves" inside localstorectl status
expect "it finds $HOST" inside localstorectl resolve "$HOST"
expect "the others take it away" run_block 2
files >"$scratch/after"
diff "$scratch/before" "$scratch/after" >"$scratch/left" || fail "left behind: $(cat "$scratch/left")"
passed "nothing is left in the file system"
