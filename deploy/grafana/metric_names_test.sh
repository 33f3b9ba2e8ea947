#!/bin/bash
# Every metric that the dashboard and the rules name is one that localstored has.
set -euo pipefail
cd deploy/grafana

# shellcheck disable=SC2016  # a backquote of Markdown's
known=$(sed -n 's/^| `\([a-z_]*\)`.*/\1/p' ../../server/metrics/README.md)
[[ $(wc -l <<<"$known") -gt 20 ]] || { echo "the table of metrics was not understood"; exit 1; }

failed=0
for file in dashboard.json alerts.yml alerts_test.yml; do
  used=$(grep -oE '\b(localstore|grpc_server|process)_[a-z_]+\b' "$file" | sort -u)
  [[ -n $used ]] || { echo "$file names no metric"; failed=1; }
  for name in $used; do
    [[ $name =~ ^(grpc_code|grpc_method|grpc_service|grpc_type)$ ]] && continue
    base=${name%_bucket}
    base=${base%_count}
    base=${base%_sum}
    grep -qx -e "$name" -e "$base" <<<"$known" || { echo "$file: there is no metric $name"; failed=1; }
  done
done

# What is served and nowhere shown is of no use to who watches.
for name in $known; do
  grep -q "$name" dashboard.json || { echo "dashboard.json does not show $name"; failed=1; }
done

python3 - <<'PYTHON'
import json

dashboard = json.load(open("dashboard.json"))
panels = dashboard["panels"]
assert len({panel["id"] for panel in panels}) == len(panels), "panels share an id"
for panel in panels:
    assert panel["title"], panel
    assert panel["type"] == "row" or panel["targets"], panel["title"]
PYTHON
exit "$failed"
