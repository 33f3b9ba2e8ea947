# shellcheck shell=bash
# nginx in an App, what it serves and what it saw.

nginx_start() {
  local name=$1 dir
  dir=$(app_dir "$name")
  not_running "$name" nginx || die "nginx runs in '$name' already"
  nginx_configuration "$dir" >"$dir/nginx.conf"
  start_in "$name" "$dir/nginx.log" nginx -c "$dir/nginx.conf" -e "$dir/nginx.log"
}

nginx_configuration() {
  local dir=$1
  cat <<CONF
user root;
worker_processes 1;
daemon off;
pid $dir/nginx.pid;
error_log $dir/nginx.log;
events { worker_connections 512; }
http {
  default_type application/octet-stream;
  sendfile on;
  log_format lab '\$time_iso8601\t\$remote_addr\t\$server_addr:\$server_port\t\$http_host\t\$request\t\$status\t\$body_bytes_sent\t\$http_range';
  access_log $dir/access.log lab;
  client_body_temp_path $dir/temp;
  proxy_temp_path $dir/temp;
  fastcgi_temp_path $dir/temp;
  uwsgi_temp_path $dir/temp;
  scgi_temp_path $dir/temp;
  server {
    listen 80;
    listen 8080;
    listen [::]:80;
    listen [::]:8080;
    root $dir/www;
    location /slow/ {
      alias $dir/www/;
      limit_rate 8m;
    }
  }
}
CONF
}

nginx_ready() { wait_until 10000 nginx_listens "$1" || { show_logs && die "nginx of '$1' does not listen"; }; }

nginx_listens() {
  [[ $(running "$1" nginx) == yes ]] && on "$1" bash -c 'exec 3<>/dev/tcp/127.0.0.1/80' 2>/dev/null
}

nginx_verb() {
  case ${2:-} in
    start) nginx_start "$1" && nginx_ready "$1" ;;
    stop) end_program "$1" nginx TERM ;;
    kill) end_program "$1" nginx KILL ;;
    *) die "app nginx: start, stop or kill; see 'lab.sh help'" ;;
  esac
}

# web_file NAME PATH SIZE: bytes that no other path of no other App has.
web_file() {
  local name=$1 path=$2 size=$3 file
  file=$(app_dir "$name")/www/$path
  mkdir -p "$(dirname "$file")"
  head -c "$size" /dev/urandom >"$file"
  sha256sum <"$file" | cut -d' ' -f1
}

web_log() { cat "$(app_dir "$1")/access.log"; }
