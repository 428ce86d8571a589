#!/usr/bin/env bash
# The demo: a whole federation on this machine, the incident story played through `noroshi`, and what each viewer then reads with a
# stock TAXII client. Exits non-zero where anything differs from what the story expects. `./dev demo` sets up, builds and calls this.
set -euo pipefail

DEMO_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
SOURCE_DIR="$(cd "$DEMO_DIR/../.." && pwd)"
TOPOLOGY="$SOURCE_DIR/deploy/topologies/demo.yaml"
NOROSHI="${NOROSHI_BIN:-$SOURCE_DIR/build/bin}/noroshi"
PYTHON="${NOROSHI_PYTHON:-$SOURCE_DIR/build/venv/bin/python}"

LOG_KIND=embedded
KEEP=false
DATA=""
DIR=""
KAFKA_DIR=""
FAILED=false

print_help() {
  cat <<'TEXT'
./dev demo                    start a federation, play the incident, show what came through and why not, stop it
./dev demo --log kafka        the same on a real Apache Kafka, over TLS with client certificates and access rules
./dev demo --keep             leave it running and say how to use it
./dev demo --data FILE        publish any STIX bundle as well (.json or .json.zst) and measure each layer

  --dir DIR                   directory of the federation (default: a new temporary one)
TEXT
}

say() { printf '%s\n' "$*" >&2; }
fail() { say "demo: $*"; exit 1; }

# Value of an option that needs one.
value_of() { [[ $# -ge 2 ]] || { say "demo: $1 needs a value"; exit 2; }; printf '%s' "$2"; }

parse_arguments() {
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --log) LOG_KIND="$(value_of "$@")"; shift ;;
      --log=*) LOG_KIND="${1#*=}" ;;
      --data) DATA="$(realpath -e "$(value_of "$@")")"; shift ;;
      --data=*) DATA="$(realpath -e "${1#*=}")" ;;
      --dir) DIR="$(realpath -m "$(value_of "$@")")"; shift ;;
      --keep) KEEP=true ;;
      -h | --help) print_help; exit 0 ;;
      *) say "demo: unknown option \`$1\`; --help lists them"; exit 2 ;;
    esac
    shift
  done
  case "$LOG_KIND" in
    embedded | kafka | kafka=*) ;;
    *) say "demo: --log is embedded or kafka"; exit 2 ;;
  esac
}

# Whatever happens, nothing keeps running unless it was asked for.
clean_up() {
  local code=$?
  trap - EXIT
  if [[ "$KEEP" == true && "$code" -eq 0 ]]; then exit 0; fi
  if [[ -f "$DIR/VERSION" ]]; then "$NOROSHI" down --dir "$DIR" || true; fi
  if [[ -n "$KAFKA_DIR" ]]; then "$SOURCE_DIR/dev" kafka stop --dir "$KAFKA_DIR" >&2 || true; fi
  if [[ "$code" -ne 0 ]]; then
    say "logs and data are kept in $DIR"
  elif [[ "$TEMPORARY" == true ]]; then
    rm -rf "$(dirname "$DIR")"
  fi
  exit "$code"
}

# A Kafka of this demo: it trusts the federation's certificates, and gives each relay its own layer's topics only.
start_kafka() {
  KAFKA_DIR="$DIR.kafka"
  "$NOROSHI" up --topology "$TOPOLOGY" --dir "$DIR" --prepare || fail "the federation's keys could not be made"
  "$SOURCE_DIR/dev" kafka start --fresh --dir "$KAFKA_DIR" --ca "$DIR" > /dev/null || fail "Kafka does not start"
  "$SOURCE_DIR/dev" kafka grant --dir "$KAFKA_DIR" national. national-hub energy. energy-broker finance. finance-broker ||
    fail "Kafka's access rules could not be set"
}

start_federation() {
  local log="$LOG_KIND"
  if [[ "$log" == kafka ]]; then
    start_kafka
    # shellcheck source=/dev/null
    log="kafka=$(source "$KAFKA_DIR/env" && echo "$NOROSHI_KAFKA_SSL"),tls"
  fi
  say "== one national hub, two sectors, six companies: 12 processes, each with its own keys, log: $LOG_KIND"
  "$NOROSHI" up --topology "$TOPOLOGY" --dir "$DIR" --log "$log" --ready-file "$DIR/ready.json" --detach ||
    fail "the federation did not start"
}

# act FILE NODE SCOPE EXIT_CODE TEXT: publishes one set and compares the exit code.
act() {
  local file="$1" node="$2" scope="$3" want="$4" text="$5" code=0
  say ""
  say "== $text"
  say "\$ noroshi publish $file --node $node --scope $scope --wait"
  "$NOROSHI" publish "$DEMO_DIR/incident/$file" --dir "$DIR" --node "$node" --scope "$scope" --wait --timeout 60 --json \
    > "$DIR/result-$file" || code=$?
  "$PYTHON" "$DEMO_DIR/look.py" results "$DIR/result-$file"
  if [[ "$code" -ne "$want" ]]; then
    say "demo: exit code $code, expected $want"
    FAILED=true
  fi
}

play_story() {
  act 1-company.json delta-edge org 0 \
    "02:10. Delta Power loses sight of its solar plants. What it finds first stays inside the company."
  act 2-group.json delta-edge group:solar-watch 0 \
    "A wiper on the plant controllers. The solar-watch group (three power companies and the bank that finances the plants) learns how to find it."
  act 3-sector.json delta-edge sector 0 \
    "The energy sector learns from where the intruder logged in, and what to cut."
  act 4-national.json delta-edge national 0 \
    "Who did it, and their command server: for every sector and the CERT."
  act 5-public.json delta-edge public 0 \
    "The default password behind it: for everybody, without an account."
  act 6-contradiction.json delta-edge national 3 \
    "In haste somebody publishes a RED object to the whole nation. The first relay refuses it."
  act 7-hostile.json charlie-edge national 3 \
    "Out of charlie's edge comes an object in alfa's name, with a name that attacks terminals."
}

publish_data() {
  local file="$DATA"
  if [[ "$file" == *.zst ]]; then
    command -v zstd > /dev/null || fail "$file: zstd is not installed; decompress it first"
    zstd -q -d -f "$file" -o "$DIR/data.json"
    file="$DIR/data.json"
  fi
  say ""
  say "== $(basename "$DATA"), published at alfa-edge for the whole nation"
  "$PYTHON" "$DEMO_DIR/measure.py" --noroshi "$NOROSHI" --dir "$DIR" --file "$file" || FAILED=true
}

main() {
  parse_arguments "$@"
  [[ -x "$NOROSHI" ]] || fail "$NOROSHI is not built (./dev build)"
  [[ -x "$PYTHON" ]] || fail "$PYTHON is not there (./dev demo makes it)"
  TEMPORARY=false
  if [[ -z "$DIR" ]]; then
    DIR="$(mktemp -d)/federation"
    TEMPORARY=true
  fi
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  start_federation
  play_story
  say ""
  say "== what everybody reads, with taxii2-client, at the gateway that serves them"
  "$PYTHON" "$DEMO_DIR/look.py" table --noroshi "$NOROSHI" --dir "$DIR" || FAILED=true
  [[ -z "$DATA" ]] || publish_data
  if [[ "$KEEP" == true && "$FAILED" == false ]]; then "$PYTHON" "$DEMO_DIR/look.py" usage --dir "$DIR"; fi
  [[ "$FAILED" == false ]] || fail "something differs from what the story expects (see above)"
  say "demo: everything as expected"
}

main "$@"
