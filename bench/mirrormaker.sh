#!/usr/bin/env bash
# The reference of `./dev bench relay`: how fast MirrorMaker 2 copies a topic on the same broker, deciding nothing.
#
#   bench/mirrormaker.sh --bootstrap HOST:PORT --topic T --records N [--dir D] [--property KEY=VALUE]...
#   bench/mirrormaker.sh --bootstrap HOST:PORT --fill T --records N [--bytes B]    writes N records of B bytes into T
#
# Copies topic T, which holds N records, to `reference.T` on the same broker and prints one line of JSON:
# records, seconds and objects a second, timed from the first record seen in the copy to the last, so that start-up is not
# counted. MirrorMaker 2 runs in dedicated mode as shipped; --property adds lines to its configuration.
set -euo pipefail

NOROSHI_SOURCE_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$NOROSHI_SOURCE_DIR"
# shellcheck source=deploy/dev/lib.sh
source deploy/dev/lib.sh
# shellcheck source=deploy/dev/setup.sh
source deploy/dev/setup.sh

HEAP_MIB=512
START_SECONDS_MAX=120
STALL_SECONDS_MAX=60
POLL_SECONDS=0.2
LOG4J="-Dlog4j.configuration=file:$NOROSHI_SOURCE_DIR/deploy/dev/kafka/log4j.properties"

bootstrap="" topic="" fill="" records="" bytes=1400 dir="" properties=()

parse_arguments() {
  while [[ $# -gt 0 ]]; do
    [[ $# -ge 2 ]] || usage_error "mirrormaker: \`$1\` needs a value"
    case "$1" in
      --bootstrap) bootstrap="$2" ;;
      --topic) topic="$2" ;;
      --fill) fill="$2" ;;
      --records) records="$2" ;;
      --bytes) bytes="$2" ;;
      --dir) dir="$2" ;;
      --property) properties+=("$2") ;;
      *) usage_error "mirrormaker: unknown option \`$1\`" ;;
    esac
    shift 2
  done
  [[ -n "$bootstrap" && -n "$records" && -n "$topic$fill" ]] || usage_error "mirrormaker: see the head of this file"
  dir="${dir:-$NOROSHI_SOURCE_DIR/build/mirrormaker}"
}

# The broker's end offset of partition 0, 0 while the topic is not there.
end_offset() {
  local answer
  answer="$(kcat -Q -b "$bootstrap" -t "$1:0:-1" 2> /dev/null | sed -n 's/.* offset //p' || true)"
  echo "${answer:-0}"
}

write_config() {
  cat > "$dir/mm2.properties" <<TEXT
clusters = reference, copy
reference.bootstrap.servers = $bootstrap
copy.bootstrap.servers = $bootstrap
reference->copy.enabled = true
reference->copy.topics = $topic
copy->reference.enabled = false
# a task a partition: the heartbeats topics, which MirrorMaker 2 always makes and copies, are quiet, and a quiet partition in
# the same fetch session makes every fetch wait for fetch.max.wait.ms (500)
tasks.max = 16
replication.factor = 1
checkpoints.topic.replication.factor = 1
heartbeats.topic.replication.factor = 1
offset-syncs.topic.replication.factor = 1
offset.storage.replication.factor = 1
status.storage.replication.factor = 1
config.storage.replication.factor = 1
emit.heartbeats.enabled = false
emit.checkpoints.enabled = false
sync.topic.acls.enabled = false
sync.topic.configs.enabled = false
refresh.groups.enabled = false
TEXT
  [[ ${#properties[@]} -eq 0 ]] || printf '%s\n' "${properties[@]}" >> "$dir/mm2.properties"
}

# Waits until the copy's end offset exceeds $1; prints "<offset> <seconds since the epoch>". Fails after $2 seconds
# without progress or when MirrorMaker ended.
wait_beyond() {
  local floor="$1" patience="$2" offset deadline=$((SECONDS + $2))
  while :; do
    offset="$(end_offset "reference.$topic")"
    if ((offset > floor)); then
      echo "$offset $EPOCHREALTIME"
      return 0
    fi
    process_is "$pid" "$dir/mm2.properties" || fail "mirrormaker ended: $(tail -n 5 "$dir/mm2.log")"
    ((SECONDS < deadline)) || fail "mirrormaker: no record beyond $floor in $patience s; see $dir/mm2.log"
    sleep "$POLL_SECONDS"
  done
}

measure() {
  local offset at first_offset first_at
  read -r first_offset first_at < <(wait_beyond 0 "$START_SECONDS_MAX")
  [[ -n "$first_at" ]] || exit 1
  offset=$first_offset at=$first_at
  while ((offset < records)); do
    read -r offset at < <(wait_beyond "$offset" "$STALL_SECONDS_MAX")
    [[ -n "$at" ]] || exit 1
  done
  awk -v n="$((offset - first_offset))" -v all="$offset" -v a="$first_at" -v b="$at" 'BEGIN {
    s = b - a
    if (s <= 0) { print "copied before the second look: use more records" > "/dev/stderr"; exit 1 }
    printf "{\"reference\": \"mirrormaker2\", \"records\": %d, \"timed_records\": %d, \"seconds\": %.2f, \"objects_per_s\": %.0f}\n",
      all, n, s, n / s }'
}

# Incompressible lines: what STIX ids and hashes are for a compressor, roughly.
fill_topic() {
  kafka_tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" --create --if-not-exists \
    --topic "$fill" --partitions 1 --config min.insync.replicas=1 > /dev/null
  awk -v n="$records" -v bytes="$bytes" 'BEGIN { srand(1); pool = ""
    while (length(pool) < 65536) pool = pool sprintf("%08x", int(rand() * 4294967296))
    for (i = 0; i < n; ++i) printf "%010d%s\n", i, substr(pool, 1 + int(rand() * (65536 - bytes)), bytes - 10) }' |
    kcat -P -b "$bootstrap" -t "$fill" -p 0 -X acks=all -X linger.ms=20 -X queue.buffering.max.messages=100000
  say "$fill: $(end_offset "$fill") records of $bytes bytes"
}

kafka_tool() { java -Xmx128m "$LOG4J" -cp "$KAFKA_LIB_DIR/*" "$@"; }

main() {
  parse_arguments "$@"
  setup_packages bench
  setup_kafka
  if [[ -n "$fill" ]]; then
    fill_topic
    return
  fi
  mkdir -p "$dir"
  write_config
  setsid java "-Xmx${HEAP_MIB}m" -XX:+UseG1GC "$LOG4J" -cp "$KAFKA_LIB_DIR/*" \
    org.apache.kafka.connect.mirror.MirrorMaker "$dir/mm2.properties" > "$dir/mm2.log" 2>&1 < /dev/null &
  pid=$!
  trap 'stop_process "$pid" "$dir/mm2.properties" 20' EXIT
  measure
}

main "$@"
