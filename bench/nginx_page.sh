#!/usr/bin/env bash
# The reference of `./dev bench page`: nginx serving the same bytes over TLS 1.3 on loopback, with no account, no decision.
#
#   bench/nginx_page.sh start --dir D --file F [--cert C --key K]    prints the URL of F's bytes
#   bench/nginx_page.sh stop --dir D
#
# D holds everything of the instance, its certificate (own, P-256, when none is given) and its pid. The load generator is
# the caller's, the same for both sides.
set -euo pipefail

NOROSHI_SOURCE_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=deploy/dev/lib.sh
source "$NOROSHI_SOURCE_DIR/deploy/dev/lib.sh"

START_TENTHS_MAX=100

own_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$1/key.pem" -out "$1/cert.pem" 2> /dev/null
}

write_config() {
  local dir="$1" port="$2" cert="$3" key="$4" user=""
  # a worker that nginx moves to www-data could not read the caller's directory
  [[ $EUID -ne 0 ]] || user="user root;"
  cat > "$dir/nginx.conf" <<TEXT
$user
worker_processes auto;
pid $dir/pid;
error_log $dir/error.log warn;
daemon off;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  client_body_temp_path $dir/temp;
  proxy_temp_path $dir/temp;
  fastcgi_temp_path $dir/temp;
  uwsgi_temp_path $dir/temp;
  scgi_temp_path $dir/temp;
  open_file_cache max=16 inactive=60s;
  server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate $cert;
    ssl_certificate_key $key;
    ssl_protocols TLSv1.3;
    location = /page {
      default_type "application/taxii+json;version=2.1";
      alias $dir/page;
    }
  }
}
TEXT
}

start_nginx() {
  local dir="$1" file="$2" cert="$3" key="$4" port pid tenths
  ! process_is "$(cat "$dir/pid" 2> /dev/null)" "$dir/nginx.conf" || fail "nginx in $dir runs already"
  mkdir -p "$dir"
  cp "$file" "$dir/page"
  if [[ -z "$cert" ]]; then
    own_certificate "$dir"
    cert="$dir/cert.pem" key="$dir/key.pem"
  fi
  for _ in 1 2 3; do
    port="$(free_port)"
    write_config "$dir" "$port" "$cert" "$key"
    setsid nginx -p "$dir" -e "$dir/error.log" -c "$dir/nginx.conf" > "$dir/out.log" 2>&1 < /dev/null &
    pid=$!
    tenths=$START_TENTHS_MAX
    while ((tenths-- > 0)) && kill -0 "$pid" 2> /dev/null; do
      if [[ -s "$dir/pid" ]] && port_is_open "$port"; then
        echo "https://127.0.0.1:$port/page"
        return 0
      fi
      sleep 0.1
    done
  done
  fail "nginx did not start: $(tail -n 3 "$dir/error.log" "$dir/out.log" 2> /dev/null)"
}

main() {
  local verb="${1:-}" dir="" file="" cert="" key=""
  [[ $# -gt 0 ]] && shift
  while [[ $# -gt 0 ]]; do
    [[ $# -ge 2 ]] || usage_error "nginx_page: \`$1\` needs a value"
    case "$1" in
      --dir) dir="$(realpath -m "$2")" ;;
      --file) file="$(realpath -e "$2")" ;;
      --cert) cert="$(realpath -e "$2")" ;;
      --key) key="$(realpath -e "$2")" ;;
      *) usage_error "nginx_page: unknown option \`$1\`" ;;
    esac
    shift 2
  done
  [[ -n "$dir" ]] || usage_error "nginx_page: --dir is needed"
  case "$verb" in
    start)
      [[ -n "$file" ]] || usage_error "nginx_page start: --file is needed"
      start_nginx "$dir" "$file" "$cert" "$key"
      ;;
    # its title, not its arguments, is what a running nginx shows; that names the configuration too
    stop) stop_process "$(cat "$dir/pid" 2> /dev/null)" "$dir/nginx.conf" 10 ;;
    *) usage_error "nginx_page: start or stop" ;;
  esac
}

main "$@"
