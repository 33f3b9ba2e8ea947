#!/bin/bash
# What the lab promises: Apps that answer, labs side by side, and no trace.
set -euo pipefail

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lab.sh
export PATH=$PATH:/usr/sbin:/sbin
if [[ ${1:-} != --inside ]]; then exec "$LAB" sandbox "$0" --inside; fi

TMPDIR=$(mktemp -d -p "${TEST_TMPDIR:-${TMPDIR:-/tmp}}")
export TMPDIR LAB_PREFIX=first
# Mounts of the machine's own labs are there, too, below this sandbox's /run.
mounts_before=$(grep -c /run/netns /proc/self/mounts || true)

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

expect_no_trace() {
  [[ -z $(ls /run/netns 2>/dev/null) ]] || fail "$1 left namespaces: $(ls /run/netns)"
  [[ -z $(ls -d "$TMPDIR"/localstore-lab-* 2>/dev/null) ]] || fail "$1 left files"
  [[ $(grep -c /run/netns /proc/self/mounts) == "$mounts_before" ]] || fail "$1 left mounts"
  local comm
  for comm in /proc/[0-9]*/comm; do
    case $(cat "$comm" 2>/dev/null) in
      avahi-daemon | nginx) grep -q '^State:.Z' "${comm%comm}status" || fail "$1 left ${comm%/comm}" ;;
    esac
  done
}

test_apps_serve_and_follow_a_new_address() {
  "$LAB" up
  local digest
  digest=$("$LAB" app file store images/a.img 100K)
  [[ $digest == "$("$LAB" exec curl -s http://10.1.0.5/images/a.img | sha256sum | cut -d' ' -f1)" ]] ||
    fail "nginx serves something else"
  "$LAB" app log store | grep -q $'\t10.1.0.1\t10.1.0.5:80\t10.1.0.5\tGET /images/a.img' ||
    fail "the access log does not tell who asked"
  "$LAB" app address store 10.1.0.77
  "$LAB" exec curl -sf -o /dev/null http://10.1.0.77:8080/images/a.img || fail "not at its new address"
}

test_programs_stop_and_start() {
  local program verb
  for program in avahi nginx; do
    for verb in stop kill; do
      "$LAB" app "$program" longer "$verb"
      "$LAB" status | grep "^longer.*$program no" >/dev/null || fail "$program survived $verb"
      "$LAB" app "$program" longer start
    done
  done
}

test_faults_hurt_and_mend() {
  curl_status() { "$LAB" exec curl -s -m 1 -o /dev/null "$1" && echo 0 || echo $?; }
  "$LAB" fault reset 80
  "$LAB" fault blackhole 8080
  [[ $(curl_status http://10.2.0.7/) == 7 ]] || fail "no reset"
  [[ $(curl_status http://10.2.0.7:8080/) == 28 ]] || fail "no black hole"
  "$LAB" fault clear
  [[ $(curl_status http://10.2.0.7/) == 0 ]] || fail "not mended"
  "$LAB" app file longer big 20M >/dev/null
  "$LAB" fault stall 80 5
  [[ $(curl_status http://10.2.0.7/big) == 28 ]] || fail "no stall"
  "$LAB" fault clear
}

test_bridges_and_apps_come_and_go() {
  "$LAB" bridge add bn9 10.9.0.1/24
  "$LAB" app add ninth ninth bn9 10.9.0.2 use-ipv6=yes https=443
  "$LAB" exec curl -sf -o /dev/null http://10.9.0.2/ || [[ $? == 22 ]] || fail "no new App"
  "$LAB" app remove ninth
  "$LAB" bridge remove bn9
}

test_labs_stand_side_by_side() {
  LAB_PREFIX=second "$LAB" up
  "$LAB" down
  LAB_PREFIX=second "$LAB" status | grep '^store.*avahi yes, nginx yes' >/dev/null ||
    fail "one lab took the other down"
  LAB_PREFIX=second "$LAB" down
  expect_no_trace "down"
}

test_up_and_down_can_be_repeated() {
  "$LAB" down
  "$LAB" up
  "$LAB" up
  "$LAB" down
  "$LAB" down
  expect_no_trace "down, twice"
}

test_an_interrupted_up_leaves_nothing() {
  local after
  for after in 0.03 0.1 0.2 0.4; do
    ! timeout -s INT "$after" "$LAB" up 2>/dev/null || fail "up was faster than $after s"
    expect_no_trace "up, interrupted after $after s,"
    ! timeout -s KILL "$after" "$LAB" up 2>/dev/null || fail "up was faster than $after s"
    "$LAB" down
    expect_no_trace "down after up was killed after $after s"
  done
}

test_foreign_files_stay() {
  mkdir "$TMPDIR/mine"
  touch "$TMPDIR/mine/precious"
  ! LAB_DIR=$TMPDIR/mine "$LAB" up 2>/dev/null || fail "took a folder that is not a lab's"
  ! LAB_DIR=$TMPDIR/mine "$LAB" down 2>/dev/null || fail "took a folder that is not a lab's"
  [[ -e $TMPDIR/mine/precious ]] || fail "deleted what is not a lab's"
  expect_no_trace "a refused up"
}

trap '"$LAB" down; rm -rf "$TMPDIR"' EXIT
for t in test_apps_serve_and_follow_a_new_address test_programs_stop_and_start test_faults_hurt_and_mend \
  test_bridges_and_apps_come_and_go test_labs_stand_side_by_side test_up_and_down_can_be_repeated \
  test_an_interrupted_up_leaves_nothing test_foreign_files_stay; do
  echo "--- $t"
  "$t"
done
