# Helpers that every part of ./dev uses: messages, parts that cannot run, stamps, processes, ports.
# shellcheck shell=bash

# Talk goes to stderr; stdout is for data.
say() { printf '%s\n' "$*" >&2; }
fail() { printf 'dev: %s\n' "$*" >&2; exit 1; }
usage_error() { printf 'dev: %s\n' "$*" >&2; exit 2; }

# A part that cannot run: one clear line, and a failure where CI=true.
skip_or_fail() {
  [[ "${CI:-}" == true ]] && fail "cannot run: $* (CI=true: not skipped)"
  say "skipped: $*"
}

# Which optional commands have something to run in this tree.
subject_exists() {
  case "$1" in
    demo) [[ -x deploy/demo/demo.sh ]] ;;
    bench) compgen -G 'bench/*_bench.cc' > /dev/null ;;
    sim) compgen -G 'tests/sim/*/CMakeLists.txt' > /dev/null ;;
    fuzz) [[ -f tests/fuzz/CMakeLists.txt ]] ;;
    *) return 1 ;;
  esac
}

# stamp_path NAME FILE...: where the mark lies that set-up step NAME is done for these very contents.
stamp_path() {
  local name="$1"
  shift
  printf 'build/setup/%s-%s' "$name" "$(cat "$@" | sha256sum | cut -c1-16)"
}

# run_as_root COMMAND...: as we are when root, else through sudo.
run_as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    fail "needs root for: $* (neither root nor sudo here)"
  fi
}

# quietly LABEL LOG COMMAND...: one line while it runs; its output only when it fails.
quietly() {
  local label="$1" log="$2"
  shift 2
  say "$label"
  mkdir -p "$(dirname "$log")"
  if ! "$@" > "$log" 2>&1; then
    tail -n 30 "$log" >&2
    return 1
  fi
}

# process_is PID TEXT: whether PID lives and its command line holds TEXT (a pid file may outlive its process).
process_is() {
  [[ -n "${1:-}" && -r "/proc/$1/cmdline" ]] && tr '\0' ' ' < "/proc/$1/cmdline" | grep -qF -- "$2"
}

# stop_process PID TEXT SECONDS: SIGTERM, then SIGKILL after SECONDS; never by name.
stop_process() {
  local pid="$1" text="$2" tenths=$(($3 * 10))
  process_is "$pid" "$text" || return 0
  kill -TERM "$pid" 2> /dev/null || return 0
  while process_is "$pid" "$text"; do
    if ((tenths-- <= 0)); then
      kill -KILL "$pid" 2> /dev/null || true
      return 0
    fi
    sleep 0.1
  done
}

port_is_open() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# A loopback port nobody listens on, below the range the kernel hands out by itself. Another process may take it
# before we bind: whoever uses it starts again with another one.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if ! port_is_open "$port"; then
      echo "$port"
      return 0
    fi
  done
  fail "no free port among 100 tried"
}

seconds_since() { echo $((SECONDS - $1)); }
