#!/bin/bash
# Makes an authority, a certificate for localstored and one for its caller, for trying the overlay;
# a fleet will have its own authority.
#   make.sh ADDRESS...     the nodes' addresses or names, which the certificate is to hold
# Makes ca.crt, tls.crt, tls.key for the Secret, and client.crt, client.key for the caller; those
# of before are replaced. The authority's key is not kept.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
[[ $# -gt 0 ]] || {
  echo "usage: make.sh ADDRESS..." >&2
  exit 2
}
umask 077

names=
for address in "$@"; do
  [[ $address =~ ^[0-9.]+$|: ]] && names+=,IP:$address || names+=,DNS:$address
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=localstore authority" \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
  -keyout "$scratch/ca.key" -out ca.crt 2>/dev/null

# issue NAME COMMON_NAME EXTENSION...
issue() {
  local name=$1 common_name=$2
  shift 2
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$common_name" \
    -keyout "$name.key" -out "$scratch/$name.csr" 2>/dev/null
  printf '%s\n' "$@" >"$scratch/$name.ext"
  openssl x509 -req -in "$scratch/$name.csr" -CA ca.crt -CAkey "$scratch/ca.key" -CAcreateserial -CAserial "$scratch/serial" \
    -days 365 -extfile "$scratch/$name.ext" -out "$name.crt" 2>/dev/null
}

issue tls localstored extendedKeyUsage=serverAuth "subjectAltName=${names#,}"
# The name that localstored.conf allows.
issue client localstore-client extendedKeyUsage=clientAuth subjectAltName=DNS:agent.localstore
