# shellcheck shell=bash
# An App: a namespace with one veth on a bridge, avahi-daemon and nginx.

# app_create NAME HOST BRIDGE ADDRESS [avahi=no|KEY=VALUE...]; app_ready waits for it.
app_create() {
  local name=$1 host=$2 bridge=$3 address=$4
  shift 4
  [[ $name =~ ^[a-z0-9-]{1,11}$ && $name != device ]] ||
    die "the App's name '$name' is not 1 to 11 of a-z, 0-9 and '-'"
  ! namespace_exists "$name" || die "there is an App '$name' already"
  mkdir -p "$LAB_DIR/apps/$name/www"
  printf '%s\n' "$host" >"$LAB_DIR/apps/$name/host"
  printf '%s\n' "$bridge" >"$LAB_DIR/apps/$name/bridge"
  printf '%s\n' "$address" >"$LAB_DIR/apps/$name/address"
  app_connect "$name" "$bridge" "$address"
  nginx_start "$name"
  [[ ${1:-} == avahi=no ]] || avahi_start "$name" "$@"
}

app_connect() {
  local name=$1 bridge=$2 address=$3 ns device
  ns=$(namespace "$name")
  device=$(namespace device)
  namespace_add "$name"
  ip -n "$device" link add "v-$name" type veth peer name eth0 netns "$ns"
  ip -n "$device" link set "v-$name" master "$bridge" up
  ip -n "$ns" -batch - <<BATCH
link set eth0 address $(mac_for "$address")
addr add $address/24 dev eth0
link set eth0 up
route add default via ${address%.*}.1
BATCH
}

# 10.1.0.5 -> 00:16:3e:01:00:05
mac_for() {
  local octets
  IFS=. read -ra octets <<<"$1"
  printf '00:16:3e:%02x:%02x:%02x' "${octets[1]}" "${octets[2]}" "${octets[3]}"
}

app_ready() {
  nginx_ready "$1"
  [[ ! -e $(app_dir "$1")/avahi.conf ]] || avahi_ready "$1"
}

app_remove() {
  local name=$1 dir
  dir=$(app_dir "$name")
  end_processes "$name"
  ip netns del "$(namespace "$name")"
  rm -rf "$dir"
}

# What a reload of the App does: the old address goes without a farewell.
app_change_address() {
  local name=$1 address=$2 dir ns old
  dir=$(app_dir "$name")
  ns=$(namespace "$name")
  old=$(app_fact "$name" address)
  ip -n "$ns" -batch - <<BATCH
addr del $old/24 dev eth0
addr add $address/24 dev eth0
route replace default via ${address%.*}.1
BATCH
  printf '%s\n' "$address" >"$dir/address"
  [[ $(running "$name" avahi) == no ]] || avahi_ready "$name"
}

# "yes" or "no". A number that another process has by now is not this App's.
running() {
  local pid_file
  pid_file=$(app_dir "$1")/$2.pid
  if [[ -s $pid_file ]] && pids_in "$1" | grep -qx "$(<"$pid_file")"; then echo yes; else echo no; fi
}

not_running() { [[ $(running "$1" "$2") == no ]]; }

# end_program NAME PROGRAM SIGNAL
end_program() {
  local name=$1 program=$2 signal=$3 pid_file pids=()
  pid_file=$(app_dir "$name")/$program.pid
  not_running "$name" "$program" || pids=("$(<"$pid_file")")
  # nginx's workers outlive a master that is killed.
  if [[ $program == nginx && $signal == KILL ]]; then
    mapfile -t -O "${#pids[@]}" pids < <(children_of "${pids[@]}")
  fi
  if ((${#pids[@]} > 0)); then
    kill -"$signal" "${pids[@]}"
    wait_until 5000 not_running "$name" "$program" || die "$program of '$name' does not end"
  fi
  rm -f "$pid_file"
}

children_of() {
  local pid
  for pid in "$@"; do cat "/proc/$pid/task/$pid/children"; done | tr ' ' '\n' | grep . || true
}
