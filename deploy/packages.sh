#!/bin/bash
# The Debian 12 packages that Localstore needs, and nothing else of Debian's.
#   deploy/packages.sh build         to build localstored and localstorectl
#   deploy/packages.sh lab           the Apps of the lab: avahi-daemon, nginx, bridges
#   deploy/packages.sh test          the unit, end-to-end and interoperability tests
#   deploy/packages.sh benchmark     what testing/benchmarks compares with
#   deploy/packages.sh deploy        testing/deploy/run.sh
#   deploy/packages.sh fuzz          testing/fuzz/run.sh
#   deploy/packages.sh lint          testing/lint.sh
# Several words may be given. What is installed already is left alone; without
# anything missing apt is not called.
set -euo pipefail

BUILD_PACKAGES=(
  bazel-bootstrap bazel-rules-java ca-certificates g++ pkg-config
  grpc-proto libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  libabsl-dev libcurl4-openssl-dev libspdlog-dev libsqlite3-dev libssl-dev
  libsystemd-dev prometheus-cpp-dev
)
LAB_PACKAGES=(avahi-daemon iproute2 nftables nginx)
TEST_PACKAGES=(
  avahi-utils curl fish groff-base libbenchmark-dev libgmock-dev libgtest-dev libldns-dev mdnsd openssl
  procps protobuf-compiler python3-grpcio python3-protobuf python3-zeroconf strace systemd zsh
)
DEPLOY_PACKAGES=(
  aardvark-dns buildah catatonit docker-compose iptables lintian mmdebstrap netavark openssl
  podman python3-yaml runc skopeo systemd-container uidmap umoci unzip
)
BENCHMARK_PACKAGES=(aria2 wget)
FUZZ_PACKAGES=(clang-14)
LINT_PACKAGES=(clang-format clang-tidy cppcheck git libclang-14-dev llvm-14-dev mandoc shellcheck)

# Node.js may come from somewhere else than Debian.
command -v npm >/dev/null || TEST_PACKAGES+=(nodejs npm)
command -v npm >/dev/null || DEPLOY_PACKAGES+=(nodejs npm)
command -v npm >/dev/null || LINT_PACKAGES+=(nodejs npm)
# Docker, too, and two of it cannot be installed.
command -v dockerd >/dev/null || DEPLOY_PACKAGES+=(docker.io)

wanted() {
  local group
  for group in "$@"; do
    case $group in
      build) printf '%s\n' "${BUILD_PACKAGES[@]}" ;;
      lab) printf '%s\n' "${LAB_PACKAGES[@]}" ;;
      test) printf '%s\n' "${TEST_PACKAGES[@]}" ;;
      deploy) printf '%s\n' "${DEPLOY_PACKAGES[@]}" ;;
      benchmark) printf '%s\n' "${BENCHMARK_PACKAGES[@]}" ;;
      fuzz) printf '%s\n' "${FUZZ_PACKAGES[@]}" ;;
      lint) printf '%s\n' "${LINT_PACKAGES[@]}" ;;
      *) echo "packages.sh: no group '$group'" >&2 && return 1 ;;
    esac
  done
}

missing() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
  done
}

# The packages of the lab's servers would start them on this machine, too,
# now and at every boot; they are wanted only inside the lab.
POLICY=/usr/sbin/policy-rc.d
policy_is_ours=

keep_services_from_starting() {
  [[ ! -e $POLICY ]] || return 0
  policy_is_ours=yes
  trap let_services_start EXIT
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod +x "$POLICY"
}

let_services_start() {
  [[ -z $policy_is_ours ]] || rm -f "$POLICY"
  policy_is_ours=
}

keep_services_from_booting() {
  local name
  for name in "$@"; do
    case $name in
      nginx) systemctl disable --quiet nginx.service ;;
      avahi-daemon) systemctl disable --quiet avahi-daemon.service avahi-daemon.socket ;;
      mdnsd) systemctl disable --quiet mdnsd.service ;;
      docker.io) systemctl disable --quiet docker.service docker.socket containerd.service ;;
      podman) systemctl disable --quiet podman.socket podman.service podman-auto-update.service podman-auto-update.timer podman-restart.service ;;
    esac
  done
}

# What a command says is of interest only if it fails.
quietly() {
  local said
  said=$("$@" 2>&1 </dev/null) || {
    printf '%s\n' "$said" >&2
    echo "packages.sh: failed: $*" >&2
    return 1
  }
}

install() {
  export DEBIAN_FRONTEND=noninteractive
  echo "Installing: $*"
  keep_services_from_starting
  quietly apt-get -q update
  quietly apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
  let_services_start
  [[ ! -d /run/systemd/system ]] || keep_services_from_booting "$@"
}

main() {
  local names absent
  names=$(wanted "$@" | sort -u)
  # shellcheck disable=SC2086  # one word a package
  mapfile -t absent < <(missing $names)
  ((${#absent[@]} > 0)) || return 0
  if ((EUID != 0)); then
    echo "As root: apt-get install --no-install-recommends ${absent[*]}" >&2
    return 1
  fi
  install "${absent[@]}"
}

main "$@"
