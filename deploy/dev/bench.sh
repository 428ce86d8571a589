# ./dev bench: the programs bench_<name> of bench/, each with what it compares itself with at hand.
# A benchmark prints for people on stdout and, where NOROSHI_BENCH_JSON names a file, appends one JSON object a line.
# shellcheck shell=bash

BENCH_KAFKA_DIR="$NOROSHI_SOURCE_DIR/build/bench-kafka"

# bench_names: what was built, without its prefix.
bench_names() {
  local program
  for program in build/release/bin/bench_*; do
    if [[ -x "$program" ]]; then basename "$program" | sed 's/^bench_//'; fi
  done
}

# The references that need other programs: MirrorMaker 2 on a Kafka (relay), nginx (page).
prepare_bench() {
  case "$1" in
    relay)
      setup_packages bench
      trap 'stop_kafka "$BENCH_KAFKA_DIR"' EXIT
      NOROSHI_KAFKA_BOOTSTRAP="$("$NOROSHI_SOURCE_DIR/dev" kafka start --fresh --dir "$BENCH_KAFKA_DIR")" || return 1
      export NOROSHI_KAFKA_BOOTSTRAP NOROSHI_KAFKA_ENV="$BENCH_KAFKA_DIR/env"
      ;;
    page) setup_packages bench ;;
  esac
}

cmd_bench() {
  local json="" names=() name
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --json) json="$(realpath -m "${2:?--json needs a file}")"; shift ;;
      -*) usage_error "bench: unknown option \`$1\`" ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  build_preset release
  [[ ${#names[@]} -gt 0 ]] || mapfile -t names < <(bench_names)
  if [[ -n "$json" ]]; then
    : > "$json"
    export NOROSHI_BENCH_JSON="$json"
  fi
  export NOROSHI_BIN="$NOROSHI_SOURCE_DIR/build/release/bin"
  for name in "${names[@]}"; do
    [[ -x "build/release/bin/bench_$name" ]] || usage_error "no benchmark \`$name\`; there are: $(bench_names | xargs)"
    prepare_bench "$name" || { skip_or_fail "benchmark $name: its reference could not be set up"; continue; }
    say "== bench $name"
    "build/release/bin/bench_$name" || fail "benchmark $name failed"
  done
}
