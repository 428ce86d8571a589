# ./dev test: set-up, build, then every test in four parts, each with its closing line; at the end all of them again.
# shellcheck shell=bash

TEST_KAFKA_DIR="$NOROSHI_SOURCE_DIR/build/test-kafka"
TEST_SUMMARY=()
TEST_FAILED=0

print_test_help() {
  cat <<'TEXT'
./dev test                    everything
./dev test policy stix        only tests whose name matches `policy` or `stix` (regular expressions)
./dev test 'base_test$'

Parts: ctest without Kafka (unit, property, sim, tidy) · ctest label `integration` with a Kafka of its own ·
pytest in tests/integration and tests/interop. The tests find the Kafka in NOROSHI_KAFKA_BOOTSTRAP and the file
NOROSHI_KAFKA_ENV; without a Kafka the integration tests skip themselves, and the run fails where CI=true.
TEXT
}

# run_part LABEL COMMAND...: shows its output, keeps its closing line for the summary. The command's last line that
# looks like a total is its closing line, in ctest's and pytest's form.
run_part() {
  local label="$1" log started=$SECONDS result=ok closing
  shift
  log="build/setup/test-${label// /-}.log"
  mkdir -p build/setup
  say "== $label"
  "$@" 2>&1 | tee "$log" || result=FAILED
  [[ "$result" == ok ]] || TEST_FAILED=1
  closing="$(grep -E 'tests (passed|failed)|No tests were found|(passed|failed|skipped|deselected|error).* in [0-9.]+s' "$log" |
    tail -n 1 | sed 's/^=* *//; s/ *=*$//' || true)"
  TEST_SUMMARY+=("$label: $result: ${closing:-no total} ($(seconds_since "$started") s)")
}

# How many ctest tests these arguments choose.
count_ctest() { ctest --test-dir build/release -N "$@" 2> /dev/null | sed -n 's/^Total Tests: //p'; }

run_ctest() {
  ctest --test-dir build/release -j2 --output-on-failure --no-tests=ignore "$@"
}

# Exit code 5 of pytest: nothing was chosen, which a filter may well mean.
run_pytest() {
  local filter="$1" code=0
  shift
  "$PYTHON_DIR/bin/python" -m pytest -q -ra -p no:cacheprovider -n 2 --dist loadgroup --no-loadscope-reorder --rootdir tests --filter "$filter" "$@" || code=$?
  [[ $code -eq 5 && -n "$filter" ]] || return "$code"
}

# A Kafka of this run alone, so that neither tests nor a developer's own broker disturb each other.
start_test_kafka() {
  local bootstrap
  if ! bootstrap="$("$NOROSHI_SOURCE_DIR/dev" kafka start --fresh --dir "$TEST_KAFKA_DIR")"; then
    skip_or_fail "Kafka does not start here (no Maven repository, no Java?); integration tests run without it"
    return 0
  fi
  export NOROSHI_KAFKA_BOOTSTRAP="$bootstrap" NOROSHI_KAFKA_ENV="$TEST_KAFKA_DIR/env"
}

# The folders of Python tests that exist and hold some.
python_test_folders() {
  local folder
  for folder in tests/integration tests/interop; do
    [[ -d "$folder" ]] || continue
    if find "$folder" -name 'test_*.py' | grep -q .; then echo "$folder"; fi
  done
}

cmd_test() {
  local filter="" word folders=()
  for word in "$@"; do
    case "$word" in
      -h | --help) print_test_help; return 0 ;;
      -*) usage_error "test: unknown option \`$word\`" ;;
      *) filter="${filter:+$filter|}$word" ;;
    esac
  done
  unset NOROSHI_KAFKA_BOOTSTRAP NOROSHI_KAFKA_ENV
  mapfile -t folders < <(python_test_folders)
  setup_packages build python kafka
  # Downloads beside the build: the one waits for the network, the other for the processor. Whoever needs them below looks again.
  mkdir -p build/setup
  (setup_python; setup_kafka) < /dev/null &> build/setup/downloads.log &
  local downloads=$!
  build_preset release
  wait "$downloads" || true
  export NOROSHI_BIN="$NOROSHI_SOURCE_DIR/build/release/bin"

  local chosen=()
  [[ -n "$filter" ]] && chosen=(-R "$filter")
  run_part "ctest" run_ctest -LE integration "${chosen[@]}"

  local integration_count
  integration_count="$(count_ctest -L integration "${chosen[@]}")"
  if [[ "${integration_count:-0}" -gt 0 || ${#folders[@]} -gt 0 ]]; then
    trap 'stop_kafka "$TEST_KAFKA_DIR"' EXIT
    start_test_kafka
  fi
  if [[ "${integration_count:-0}" -gt 0 ]]; then
    run_part "ctest integration" run_ctest -L integration "${chosen[@]}"
  fi
  if [[ ${#folders[@]} -gt 0 ]]; then
    if setup_python; then
      run_part "pytest" run_pytest "$filter" "${folders[@]}"
    else
      skip_or_fail "the Python clients could not be installed (build/setup/pip.log); no interop tests"
    fi
  fi

  say "== summary"
  printf '%s\n' "${TEST_SUMMARY[@]}"
  [[ $TEST_FAILED -eq 0 ]]
}
