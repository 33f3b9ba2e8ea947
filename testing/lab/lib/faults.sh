# shellcheck shell=bash
# What goes wrong on a bridge, by nftables in the device's namespace. Drops
# stand where packets come in: a drop on the way out is an error to the sender.

FAULT_TABLE=localstore_fault

# rules FAMILY CHAIN "HOOK ..." RULE: a chain of its own for each fault.
rules() {
  on device nft -f - <<NFT
table $1 $FAULT_TABLE {
  chain $2 {
    type filter hook $3; policy accept;
    $4
  }
}
NFT
}

fault_verb() {
  local kind=${1:-}
  shift || true
  case $kind in
    drop-mdns) rules inet "mdns_$1" "input priority 0" "iifname \"$1\" udp sport 5353 counter drop" ;;
    lose-mdns)
      rules netdev "mdns_$1" "ingress device \"$1\" priority 0" \
        "udp sport 5353 numgen random mod 100 < $2 counter drop"
      ;;
    reset) rules inet "port_$1" "output priority 0" "tcp dport $1 counter reject with tcp reset" ;;
    blackhole) rules inet "port_$1" "input priority 0" "tcp sport $1 counter drop" ;;
    stall) rules inet "port_$1" "input priority 0" "tcp sport $1 quota over $2 mbytes counter drop" ;;
    rate)
      on "$1" tc qdisc replace dev eth0 root tbf rate "${2}mbit" burst 256kb latency 50ms
      ;;
    clear) fault_clear ;;
    *) die "fault: no kind '$kind'; see 'lab.sh help'" ;;
  esac
}

fault_clear() {
  local family name
  for family in inet netdev; do
    on device nft delete table "$family" "$FAULT_TABLE" 2>/dev/null || true
  done
  while read -r name; do
    [[ $name == device ]] || on "$name" tc qdisc del dev eth0 root 2>/dev/null || true
  done < <(namespaces)
}
