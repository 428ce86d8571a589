# ./dev bench: the programs <name>_bench of bench/, each with what it compares itself with at hand.
# A benchmark prints for people on stdout and writes a JSON document to the file that BENCHMARK_OUT names, as programs
# of Google Benchmark do by themselves; --json joins these documents to one object, {"<name>": document, ...}.
# shellcheck shell=bash

BENCH_KAFKA_DIR="$NOROSHI_SOURCE_DIR/build/bench-kafka"

# bench_names: what was built, without its ending.
bench_names() {
  local program
  for program in build/release/bin/*_bench; do
    if [[ -x "$program" ]]; then basename "$program" _bench; fi
  done
}

# join_json FILE NAME...: the documents of these benchmarks as one.
join_json() {
  local file="$1" separator="{" name
  shift
  {
    for name in "$@"; do
      printf '%s"%s": ' "$separator" "$name"
      cat "build/bench/$name.json"
      separator=","
    done
    echo "}"
  } > "$file"
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
    page | history) setup_packages bench ;;
  esac
}

cmd_bench() {
  local json="" names=() done_names=() name
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
  mkdir -p build/bench
  export NOROSHI_BIN="$NOROSHI_SOURCE_DIR/build/release/bin" BENCHMARK_OUT_FORMAT=json
  for name in "${names[@]}"; do
    [[ -x "$NOROSHI_BIN/${name}_bench" ]] || usage_error "no benchmark \`$name\`; there are: $(bench_names | xargs)"
    prepare_bench "$name" || { skip_or_fail "benchmark $name: its reference could not be set up"; continue; }
    say "== bench $name"
    rm -f "build/bench/$name.json"
    BENCHMARK_OUT="build/bench/$name.json" "$NOROSHI_BIN/${name}_bench" || fail "benchmark $name failed"
    [[ ! -s "build/bench/$name.json" ]] || done_names+=("$name")
  done
  if [[ -n "$json" && ${#done_names[@]} -gt 0 ]]; then join_json "$json" "${done_names[@]}"; fi
}
