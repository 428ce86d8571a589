# ./dev crash: processes of a federation are killed at random moments while real intelligence travels through it (tests/integration/random_kills.py).
# shellcheck shell=bash

print_crash_help() {
  cat <<'TEXT'
./dev crash                        on both logs, each kind of process once: edge, broker, hub, gateway; on Kafka Kafka too
./dev crash --kills 50 --seed 7    so many on each log, victims and moments from this seed (a run prints its own)
./dev crash --log kafka --victim national-hub

Needs ../shared/data. Everything that was acknowledged must be readable everywhere after each restart, once, byte for byte, in one order.
TEXT
}

cmd_crash() {
  local options=()
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --kills)
        [[ "${2:-}" =~ ^[1-9][0-9]{0,3}$ ]] || usage_error "crash: --kills is a number from 1 to 9999"
        options+=(--kills "$2")
        shift
        ;;
      --seed | --victim) options+=("$1" "${2:?$1 needs a value}"); shift ;;
      --log)
        [[ "${2:-}" == embedded || "${2:-}" == kafka ]] || usage_error "crash: --log is embedded or kafka"
        options+=(-k "$2")
        shift
        ;;
      -h | --help) print_crash_help; return 0 ;;
      *) usage_error "crash: unknown argument \`$1\`" ;;
    esac
    shift
  done
  setup_packages build python
  setup_python || fail "the tests' Python could not be set up (build/setup/pip.log)"
  setup_kafka || skip_or_fail "crash on Kafka: it could not be set up (no Maven repository, no Java?)"
  build_preset release programs
  export NOROSHI_BIN="$NOROSHI_SOURCE_DIR/build/release/bin"
  "$PYTHON_DIR/bin/python" -m pytest -q -s -ra -p no:cacheprovider --rootdir tests "${options[@]}" tests/integration/random_kills.py
}
