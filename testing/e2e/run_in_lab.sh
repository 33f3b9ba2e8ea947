#!/bin/bash
# run_in_lab.sh PROGRAM ARG...: brings a lab up in namespaces of its own and
# runs a test PROGRAM in its device's network, so that its channels reach the
# server there while lab.sh still works from inside it.
set -euo pipefail

LAB_SCRIPT=$PWD/testing/lab/lab.sh
export LAB_SCRIPT LAB_PREFIX=e2e
# A server that shuts down waits until its clients have taken note, which C++
# clients without a call under way do every five seconds by default.
export GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS=100
export LOCALSTORED=$PWD/server/localstored LOCALSTORECTL=$PWD/client/localstorectl

if [[ $1 != --inside ]]; then
  exec "$LAB_SCRIPT" sandbox "$0" --inside "$@"
fi
shift
export LAB_DIR=${TEST_TMPDIR:?}/lab
trap '"$LAB_SCRIPT" down' EXIT
"$LAB_SCRIPT" up
"$LAB_SCRIPT" exec --net-only "$@"
