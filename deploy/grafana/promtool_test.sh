#!/bin/bash
# What Prometheus' own tool says of the rules, their tests, the dashboard's
# expressions, and of what a running localstored serves.
set -euo pipefail
cd deploy/grafana
promtool=$PWD/promtool/promtool
scratch=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$scratch"' EXIT

"$promtool" check rules --lint-fatal alerts.yml
"$promtool" test rules alerts_test.yml

# Each expression of the dashboard as a recording rule, which promtool parses.
python3 - >"$scratch/expressions.yml" <<'PYTHON'
import json

print("groups:\n  - name: dashboard\n    rules:")
panels = json.load(open("dashboard.json"))["panels"]
expressions = [target["expr"] for panel in panels for target in panel.get("targets", [])]
for number, expression in enumerate(expressions):
    expression = expression.replace("$__rate_interval", "5m").replace("$instance", ".*")
    print(f"      - record: dashboard:{number}\n        expr: {json.dumps(expression)}")
PYTHON
"$promtool" check rules "$scratch/expressions.yml"

: >"$scratch/log"
../../server/localstored --listen="unix:$scratch/localstore.sock" --metrics_listen=127.0.0.1:0 \
  --download_dir="$scratch/images" --state_dir="$scratch/state" 2>"$scratch/log" &
server=$!
address=
for _ in $(seq 300); do
  address=$(sed -n 's/.*serving metrics address=//p' "$scratch/log")
  [[ -z $address ]] || break
  sleep 0.1
done
[[ -n $address ]] || { cat "$scratch/log"; exit 1; }
curl --silent --show-error --fail --max-time 30 "http://$address/metrics" >"$scratch/scrape"
# Those that the library has of itself are not ours to name.
grep -v -e '^# [A-Z]* exposer_' -e '^exposer_' "$scratch/scrape" >"$scratch/metrics"
[[ $(grep -c '^# TYPE' "$scratch/metrics") -gt 15 ]] || { cat "$scratch/scrape"; exit 1; }
"$promtool" check metrics <"$scratch/metrics"
