#!/bin/bash
# gRPC clients of other makers, `buf curl` and Node's grpc-js, call the running
# server by reflection. Runs on the device of a lab (testing/e2e/run_in_lab.sh).
set -euo pipefail

# The runfile is a link into the source tree, where npm installs its packages.
HERE=$(dirname "$(readlink -f testing/interop_clients/package.json)")
BUF=$HERE/node_modules/.bin/buf
SERVICE=localstore.v1.LocalDatastoreService
HOST=ubuntu-4321-http-server.local
SIZE=1000000
export HOME=$TEST_TMPDIR

fail() {
  echo "FAILED: $*" >&2
  cat "$TEST_TMPDIR/localstored.log" >&2
  exit 1
}

start_server() {
  mkdir "$TEST_TMPDIR/images" "$TEST_TMPDIR/state"
  "$LAB_SCRIPT" exec "$LOCALSTORED" --listen=127.0.0.1:0 --bridges='bn*' --port_file="$TEST_TMPDIR/ports" \
    --download_dir="$TEST_TMPDIR/images" --state_dir="$TEST_TMPDIR/state" >"$TEST_TMPDIR/localstored.log" 2>&1 &
  local tries
  for ((tries = 0; tries < 1500; tries++)); do
    [[ ! -s $TEST_TMPDIR/ports ]] || break
    sleep 0.02
  done
  ADDRESS=$(grep -m1 '^127.0.0.1:' "$TEST_TMPDIR/ports") || fail "localstored does not listen"
}

# buf_curl METHOD JSON: the response, or responses.
buf_curl() {
  "$BUF" curl --protocol grpc --http2-prior-knowledge --timeout 60s --data "$2" "http://$ADDRESS/$1"
}

# expect WHAT PATTERN TEXT
expect() {
  [[ $3 == *$2* ]] || fail "buf curl: $1: no $2 in: $3"
  echo "buf curl: $1: ok"
}

calls_by_buf_curl() {
  expect "lists the service" "$SERVICE" "$("$BUF" curl --protocol grpc --http2-prior-knowledge --list-services "http://$ADDRESS")"
  expect "is healthy" '"SERVING"' "$(buf_curl grpc.health.v1.Health/Check "{\"service\": \"$SERVICE\"}")"
  expect "resolves" '"10.1.0.5"' "$(buf_curl "$SERVICE/Resolve" "{\"host\": \"$HOST\"}")"
  expect "downloads" '"STATE_COMPLETED"' "$(buf_curl "$SERVICE/Download" \
    "{\"download_id\": \"by-buf-id\", \"url\": \"$url\", \"sha256\": \"$digest\", \"destination\": \"by-buf\"}")"
  expect "reports its status" '"by-buf"' "$(buf_curl "$SERVICE/Status" '{}')"
  expect "watches" '"by-buf-id"' "$(buf_curl "$SERVICE/Watch" '{"download_ids": ["by-buf-id"]}')"
  expect "cancels what has ended" '"STATE_COMPLETED"' "$(buf_curl "$SERVICE/Cancel" '{"download_id": "by-buf-id"}')"
  expect "removes" '{}' "$(buf_curl "$SERVICE/Remove" '{"download_id": "by-buf-id"}')"
  expect "tells what is gone" "not_found" "$(buf_curl "$SERVICE/Remove" '{"download_id": "by-buf-id"}' 2>&1 || true)"
  expect "browses" '"EVENT_FOUND"' "$(buf_curl "$SERVICE/Browse" '{"duration": "2s"}')"
  # The error's details travel as google.rpc messages that a client can read.
  expect "tells why" "google.rpc.ErrorInfo" "$(buf_curl "$SERVICE/Resolve" '{"host": "example.com"}' 2>&1 || true)"
}

[[ -x $BUF ]] || fail "npm's packages are missing: run testing/run.sh, or npm ci in testing/interop_clients"
digest=$("$LAB_SCRIPT" app file store images/interop "$SIZE")
"$LAB_SCRIPT" app file store images/interop-slow 64M >/dev/null
url=http://$HOST/images/interop
start_server
calls_by_buf_curl
node "$HERE/grpc_js_client.js" "$ADDRESS" "$url" "$digest" "$SIZE"
for file in by-buf by-grpc-js; do
  cmp "$TEST_TMPDIR/images/$file" "$("$LAB_SCRIPT" app root store)/images/interop"
done
