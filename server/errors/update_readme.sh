#!/bin/bash
# Prints the table of reasons into README.md.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
bazel build //protos/errors:print_reasons
table=$(out/bin/protos/errors/print_reasons)
readme=server/errors/README.md
{
  sed '/^<!-- reasons -->$/q' "$readme"
  printf '%s\n' "$table"
  sed -n '/^<!-- \/reasons -->$/,$p' "$readme"
} >"$readme.new"
mv "$readme.new" "$readme"
