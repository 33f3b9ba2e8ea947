#!/bin/bash
# Debian's Python, which Bazel's rules for it cannot find.
set -euo pipefail
exec /usr/bin/python3 -B server/errors/reasons_test.py "$@"
