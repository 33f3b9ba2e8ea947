# shellcheck shell=bash
# avahi-daemon in an App, and a question to see whether it answers.

# avahi_start NAME [KEY=VALUE...]: the configuration that the owner of an App
# is told to make, changed by what is given.
avahi_start() {
  local name=$1 dir
  shift
  dir=$(app_dir "$name")
  not_running "$name" avahi || die "avahi-daemon runs in '$name' already"
  rm -rf "$dir/services" "$dir/avahi.log"
  mkdir -p "$dir/services"
  avahi_configuration "$name" "$@" >"$dir/avahi.conf"
  # In a user namespace only uid 0 is mapped: let avahi find itself there.
  sed 's/^avahi:\([^:]*\):[0-9]*:[0-9]*:/avahi:\1:0:0:/' /etc/passwd >"$dir/passwd"
  sed 's/^avahi:\([^:]*\):[0-9]*:/avahi:\1:0:/' /etc/group >"$dir/group"
  # shellcheck disable=SC2016  # expanded by the inner shell
  start_in "$name" "$dir/avahi.log" bash -euc '
    mount -t tmpfs tmpfs /run
    mount --bind "$1/services" /etc/avahi/services
    mount --bind "$1/passwd" /etc/passwd
    mount --bind "$1/group" /etc/group
    echo $$ >"$1/avahi.pid"
    exec avahi-daemon --no-drop-root --no-chroot --no-rlimits --no-proc-title -f "$1/avahi.conf"
  ' avahi "$dir"
}

avahi_configuration() {
  local name=$1 setting
  local -A server=([host-name]="$(app_fact "$name" host)" [use-ipv4]=yes [use-ipv6]=no
    [enable-dbus]=no [allow-interfaces]=eth0)
  local -A publish=([publish-workstation]=yes)
  shift
  for setting in "$@"; do
    case $setting in
      http=* | https=*) avahi_service "$name" "${setting%%=*}" "${setting#*=}" ;;
      publish-*=* | disable-*=*) publish[${setting%%=*}]=${setting#*=} ;;
      *=*) server[${setting%%=*}]=${setting#*=} ;;
      *) die "avahi: '$setting' is not KEY=VALUE" ;;
    esac
  done
  echo '[server]'
  for setting in "${!server[@]}"; do echo "$setting=${server[$setting]}"; done
  printf '[wide-area]\nenable-wide-area=no\n[publish]\n'
  for setting in "${!publish[@]}"; do echo "$setting=${publish[$setting]}"; done
}

avahi_service() {
  cat >"$(app_dir "$1")/services/$2.service" <<XML
<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name replace-wildcards="yes">%h</name>
  <service><type>_$2._tcp</type><port>$3</port><txt-record>path=/</txt-record></service>
</service-group>
XML
}

# Ready: what it publishes is probed for and announced, and a question from the
# device is answered with the address that the App has.
avahi_ready() {
  local name=$1 settings
  settings=$(app_dir "$name")/avahi.conf
  wait_until 10000 avahi_started "$name" || avahi_failed "$name"
  if grep -q '^use-ipv4=yes' "$settings" && ! grep -q '^publish-addresses=no' "$settings"; then
    wait_until 10000 answers "$name" || avahi_failed "$name"
  fi
}

avahi_started() { grep -q 'Server startup complete' "$(app_dir "$1")/avahi.log"; }

avahi_failed() {
  show_logs
  die "avahi-daemon of '$1' does not answer"
}

# Sends avahi one question (A, $host.local) from an ephemeral port, which it
# answers each time that it has nothing to probe for.
answers() {
  local name=$1 host
  host=$(sed -n 's/^host-name=//p' "$(app_dir "$name")/avahi.conf")
  # shellcheck disable=SC2016  # expanded by the inner shell
  on device bash -uc '
    host=$1 address=$2
    exec 3<>"/dev/udp/$address/5353" || exit 1
    printf "%b" "\0\7\0\0\0\1\0\0\0\0\0\0\x$(printf %02x ${#host})$host\5local\0\0\1\0\1" |
      dd bs=512 status=none >&3
    reply=$(timeout 0.2 dd bs=512 count=1 status=none <&3 | od -An -v -tx1 | tr -d " \n")
    rdata=$(printf "0004%02x%02x%02x%02x" ${address//./ })
    [[ $reply == 0007*"$rdata"* ]]
  ' answers "$host" "$(app_fact "$name" address)" 2>/dev/null
}

avahi_verb() {
  local name=$1 verb=${2:-}
  shift 2 || true
  case $verb in
    start) avahi_start "$name" "$@" && avahi_ready "$name" ;;
    stop) end_program "$name" avahi TERM ;;
    kill) end_program "$name" avahi KILL ;;
    *) die "app avahi: start, stop or kill; see 'lab.sh help'" ;;
  esac
}
