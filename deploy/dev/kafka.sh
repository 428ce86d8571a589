# ./dev kafka: one Apache Kafka process (KRaft, broker and controller in one) on free loopback ports.
#
# Everything of an instance lies in its directory (default build/kafka; tests bring their own with --dir):
#   env         bootstrap addresses and file names for tests and scripts, as shell assignments
#   data/       its log; kept over stop and start, as are its ports
#   tls/        its CA, the broker's certificate, client certificates made by `kafka cert`
#   server.properties, broker.log, pid
# Two listeners: PLAINTEXT, whose user (ANONYMOUS) may do everything, for tests and tools; SSL, which demands a client
# certificate and gives its subject (`User:CN=...`) only what an ACL grants. Both on loopback only.
# shellcheck shell=bash

KAFKA_START_SECONDS_MAX=60
KAFKA_STOP_SECONDS_MAX=30
KAFKA_HEAP_MIB=512

print_kafka_help() {
  cat <<'TEXT'
./dev kafka start                      starts it, prints the bootstrap address
./dev kafka start --dir D --fresh      another instance, without what D held before
./dev kafka start --ca C               clients may also show certificates of the CA C/ca.pem; with C/ca.key or
                                       C/ca-key.pem beside it that CA makes the broker's certificate too
./dev kafka cert NAME                  a client certificate, subject CN=NAME: tls/NAME.pem and tls/NAME-key.pem
./dev kafka grant TOPICS NODE [...]    lets CN=NODE do everything with topics whose names begin with TOPICS (`energy.`), and
                                       set access rules; further pairs may follow
./dev kafka status                     prints the bootstrap address; exit code 1 when it does not run
./dev kafka stop                       ends it; data and ports stay

--dir D (default build/kafka) names the instance in every command. D/env holds what a client needs:
NOROSHI_KAFKA_BOOTSTRAP, NOROSHI_KAFKA_SSL, NOROSHI_KAFKA_CA, NOROSHI_KAFKA_CLIENT_CERT, NOROSHI_KAFKA_CLIENT_KEY.
TEXT
}

# kafka_java MAIN_CLASS ARGUMENT...: in the foreground. The heap is for a loopback broker, not for production.
KAFKA_JAVA=(java "-Xmx${KAFKA_HEAP_MIB}m" "-Xms${KAFKA_HEAP_MIB}m" -XX:+UseG1GC -XX:MaxGCPauseMillis=20
  "-Dlog4j.configuration=file:$NOROSHI_SOURCE_DIR/deploy/dev/kafka/log4j.properties" -cp "$KAFKA_LIB_DIR/*")
kafka_java() { LC_ALL=C "${KAFKA_JAVA[@]}" "$@"; }

# A subject's key and certificate: issue_certificate TLS_DIR NAME EXTENSIONS CA_CERTIFICATE CA_KEY.
issue_certificate() {
  local tls="$1" name="$2" extensions="$3" ca="$4" ca_key="$5"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$tls/$name-key.pem" 2> /dev/null
  openssl req -new -key "$tls/$name-key.pem" -subj "/CN=$name" -out "$tls/$name.csr"
  openssl x509 -req -in "$tls/$name.csr" -CA "$ca" -CAkey "$ca_key" -days 3650 \
    -set_serial "0x$(openssl rand -hex 15)" -extfile <(printf '%s\n' "$extensions") -out "$tls/$name.pem" 2> /dev/null
  rm "$tls/$name.csr"
}

# The private key that lies beside a CA's ca.pem, under either of its usual names; empty when there is none.
ca_key_of() {
  local key
  for key in "$1/ca.key" "$1/ca-key.pem"; do
    if [[ -f "$key" ]]; then
      echo "$key"
      return 0
    fi
  done
}

# The instance's own CA with a client certificate, the broker's key store and the trust store.
# FEDERATION_CA may be empty. broker-ca.pem is the CA that a client must trust to know the broker.
make_kafka_tls() {
  local tls="$1" federation_ca="$2" issuer="$1/ca.pem" issuer_key="$1/ca-key.pem"
  mkdir -p "$tls"
  chmod 700 "$tls"
  if [[ ! -f "$tls/ca.pem" ]]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=noroshi dev kafka" \
      -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$tls/ca-key.pem" -out "$tls/ca.pem" 2> /dev/null
    issue_certificate "$tls" client 'extendedKeyUsage=clientAuth' "$tls/ca.pem" "$tls/ca-key.pem"
  fi
  cp "$tls/ca.pem" "$tls/trust-store.pem"
  if [[ -n "$federation_ca" ]]; then
    cat "$federation_ca/ca.pem" >> "$tls/trust-store.pem"
    if [[ -n "$(ca_key_of "$federation_ca")" ]]; then
      issuer="$federation_ca/ca.pem"
      issuer_key="$(ca_key_of "$federation_ca")"
    fi
  fi
  if ! openssl verify -CAfile "$issuer" "$tls/broker.pem" > /dev/null 2>&1; then
    issue_certificate "$tls" broker \
      $'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth' "$issuer" "$issuer_key"
  fi
  cp "$issuer" "$tls/broker-ca.pem"
  cat "$tls/broker-key.pem" "$tls/broker.pem" > "$tls/broker-store.pem"
}

write_kafka_config() {
  local dir="$1" plain_port="$2" ssl_port="$3" controller_port="$4"
  cat > "$dir/server.properties" <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$plain_port,SSL://127.0.0.1:$ssl_port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$plain_port,SSL://127.0.0.1:$ssl_port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$dir/data

ssl.keystore.type=PEM
ssl.keystore.location=$dir/tls/broker-store.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/tls/trust-store.pem
ssl.client.auth=required
ssl.enabled.protocols=TLSv1.3,TLSv1.2

authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:CN=broker
allow.everyone.if.no.acl.found=false

auto.create.topics.enable=false
# limits::kRecordBytesMax with room for Kafka's own framing
message.max.bytes=2097152
replica.fetch.max.bytes=2097152
log.retention.ms=-1
# one broker: nothing to replicate to
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
TEXT
}

write_kafka_env() {
  local dir="$1" plain_port="$2" ssl_port="$3" controller_port="$4"
  cat > "$dir/env" <<TEXT
NOROSHI_KAFKA_BOOTSTRAP=127.0.0.1:$plain_port
NOROSHI_KAFKA_SSL=127.0.0.1:$ssl_port
NOROSHI_KAFKA_CONTROLLER=127.0.0.1:$controller_port
NOROSHI_KAFKA_DIR='$dir'
NOROSHI_KAFKA_CA='$dir/tls/broker-ca.pem'
NOROSHI_KAFKA_CLIENT_CERT='$dir/tls/client.pem'
NOROSHI_KAFKA_CLIENT_KEY='$dir/tls/client-key.pem'
TEXT
}

kafka_runs() { process_is "$(cat "$1/pid" 2> /dev/null)" "$1/server.properties"; }

# kafka_value DIR NAME: one assignment of DIR/env.
# shellcheck disable=SC1091
kafka_value() { (source "$1/env" && printf '%s' "${!2}"); }

# Ports: those of the last start, so that clients find a restarted broker again, else new ones.
choose_kafka_ports() {
  local dir="$1" keep="$2" name
  if [[ "$keep" == yes && -f "$dir/env" ]]; then
    for name in NOROSHI_KAFKA_BOOTSTRAP NOROSHI_KAFKA_SSL NOROSHI_KAFKA_CONTROLLER; do
      name="$(kafka_value "$dir" "$name")"
      echo "${name##*:}"
    done
  else
    free_port && free_port && free_port
  fi
}

# Starts the process and waits until Kafka says that it is ready. 0 ready, 1 not; the log says why.
launch_kafka() {
  local dir="$1" tenths=$((KAFKA_START_SECONDS_MAX * 10)) pid
  : > "$dir/broker.log"
  # of a session of its own: a Ctrl-C meant for us is not meant for the broker
  LC_ALL=C setsid "${KAFKA_JAVA[@]}" kafka.Kafka "$dir/server.properties" > "$dir/broker.log" 2>&1 < /dev/null &
  pid=$!
  disown "$pid"
  echo "$pid" > "$dir/pid"
  while ((tenths-- > 0)); do
    grep -q 'Kafka Server started' "$dir/broker.log" && return 0
    kill -0 "$pid" 2> /dev/null || return 1
    sleep 0.1
  done
  stop_process "$pid" "$dir/server.properties" 5
  return 1
}

start_kafka() {
  local dir="$1" federation_ca="$2" fresh="$3" keep=yes attempt ports
  if kafka_runs "$dir"; then
    [[ "$fresh" == no ]] || fail "kafka in $dir runs; stop it before --fresh"
    kafka_value "$dir" NOROSHI_KAFKA_BOOTSTRAP
    echo
    return 0
  fi
  setup_kafka || fail "Apache Kafka could not be set up"
  [[ "$fresh" == no ]] || rm -rf "$dir/data" "$dir/tls" "$dir/env"
  mkdir -p "$dir"
  make_kafka_tls "$dir/tls" "$federation_ca"
  for attempt in 1 2 3; do
    mapfile -t ports < <(choose_kafka_ports "$dir" "$keep")
    write_kafka_config "$dir" "${ports[@]}"
    if [[ ! -f "$dir/data/meta.properties" ]]; then
      kafka_java kafka.tools.StorageTool format --cluster-id="$(openssl rand -base64 16 | tr '+/' '-_' | tr -d '=')" \
        -c "$dir/server.properties" > "$dir/broker.log" 2>&1 || fail "format failed: $(tail -n 3 "$dir/broker.log")"
    fi
    if launch_kafka "$dir"; then
      write_kafka_env "$dir" "${ports[@]}"
      echo "127.0.0.1:${ports[0]}"
      return 0
    fi
    # somebody may have taken a port since: once more, with others
    grep -q 'Address already in use' "$dir/broker.log" || break
    keep=no
  done
  tail -n 20 "$dir/broker.log" >&2
  fail "kafka did not start (attempt $attempt); its log is $dir/broker.log"
}

stop_kafka() {
  local dir="$1"
  kafka_runs "$dir" || return 0
  stop_process "$(cat "$dir/pid")" "$dir/server.properties" "$KAFKA_STOP_SECONDS_MAX"
  rm -f "$dir/pid"
}

# The rights of a relay: its layer's topics, the group name that its readers give, and access rules, by which it lets
# each edge write that edge's ingress. The programs run side by side: most of their time is a JVM's start.
grant_kafka() {
  local dir="$1" bootstrap pids=() nodes=() pid
  shift
  kafka_runs "$dir" || fail "kafka does not run in $dir"
  [[ $# -ge 2 && $(($# % 2)) -eq 0 ]] || usage_error "kafka grant needs pairs of a beginning of topics and a node"
  bootstrap="$(kafka_value "$dir" NOROSHI_KAFKA_BOOTSTRAP)"
  while [[ $# -gt 0 ]]; do
    add_kafka_acl "$bootstrap" --allow-principal "User:CN=$2" --operation All --topic "$1" --group noroshi-reader \
      --resource-pattern-type prefixed &
    pids+=($!)
    nodes+=(--allow-principal "User:CN=$2")
    shift 2
  done
  add_kafka_acl "$bootstrap" "${nodes[@]}" --operation Alter --cluster &
  pids+=($!)
  for pid in "${pids[@]}"; do
    wait "$pid" || fail "kafka refused an access rule"
  done
}

add_kafka_acl() {
  local bootstrap="$1" said
  shift
  said="$(LC_ALL=C java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    "-Dlog4j.configuration=file:$NOROSHI_SOURCE_DIR/deploy/dev/kafka/log4j.properties" -cp "$KAFKA_LIB_DIR/*" \
    kafka.admin.AclCommand --bootstrap-server "$bootstrap" --add --force "$@" 2>&1)" || {
    say "$said"
    return 1
  }
}

kafka_status() {
  local dir="$1"
  if kafka_runs "$dir" && [[ -f "$dir/env" ]] && port_is_open "$(kafka_value "$dir" NOROSHI_KAFKA_BOOTSTRAP | sed 's/.*://')"
  then
    kafka_value "$dir" NOROSHI_KAFKA_BOOTSTRAP
    echo
  else
    say "kafka does not run in $dir"
    return 1
  fi
}

cmd_kafka() {
  local verb="" dir="$NOROSHI_SOURCE_DIR/build/kafka" federation_ca="" fresh=no words=() name
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --dir) dir="$(realpath -m "${2:?--dir needs a directory}")"; shift ;;
      --ca) federation_ca="$(realpath -e "${2:?--ca needs a directory}")"; shift ;;
      --fresh) fresh=yes ;;
      -h | --help) print_kafka_help; return 0 ;;
      -*) usage_error "kafka: unknown option \`$1\`" ;;
      *) if [[ -z "$verb" ]]; then verb="$1"; else words+=("$1"); fi ;;
    esac
    shift
  done
  case "$verb" in
    start) start_kafka "$dir" "$federation_ca" "$fresh" ;;
    stop) stop_kafka "$dir" ;;
    grant) grant_kafka "$dir" "${words[@]}" ;;
    status) kafka_status "$dir" ;;
    cert)
      name="${words[0]:-}"
      [[ "$name" =~ ^[A-Za-z0-9._-]+$ && ! "$name" =~ ^(ca|broker) ]] || usage_error "kafka cert needs a name of letters, digits, dot, dash, not ca or broker"
      [[ -f "$dir/tls/ca-key.pem" ]] || fail "no CA in $dir/tls: start kafka first"
      issue_certificate "$dir/tls" "$name" 'extendedKeyUsage=clientAuth' "$dir/tls/ca.pem" "$dir/tls/ca-key.pem"
      echo "$dir/tls/$name.pem"
      ;;
    *) usage_error "kafka start, stop, status, grant or cert; ./dev kafka --help" ;;
  esac
}
