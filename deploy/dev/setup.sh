# Set-up: Debian packages, the tests' Python, Kafka's jars. Every step is idempotent and says nothing when done.
# Mirrors and repositories are the machine's own configuration (apt, pip, Maven); none is named here.
# shellcheck shell=bash

PYTHON_DIR="$NOROSHI_SOURCE_DIR/build/venv"
KAFKA_LIB_DIR="$NOROSHI_SOURCE_DIR/build/kafka/lib"

# packages_of GROUP...: the names of these groups in packages.txt.
packages_of() {
  local group
  for group in "$@"; do
    awk -v want="[$group]" '/^\[/ { on = ($0 == want); next } on && NF && !/^#/ { print $1 }' deploy/dev/packages.txt
  done
}

# setup_packages GROUP...: asks dpkg itself, which takes 30 ms and, unlike a stamp, cannot be wrong about a build/
# directory that was brought here from another machine.
setup_packages() {
  local wanted missing
  wanted="$(packages_of "$@" | sort -u)"
  # shellcheck disable=SC2086
  missing="$(comm -23 <(echo "$wanted") <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2> /dev/null |
    awk '$1 == "installed" { print $2 }' | sort -u))"
  [[ -z "$missing" ]] && return 0
  command -v apt-get > /dev/null || fail "Debian 12 packages are missing and there is no apt-get: ${missing//$'\n'/ }"
  local log=build/setup/apt.log
  quietly "set-up: apt-get update" "$log" run_as_root apt-get -q update || return 1
  # shellcheck disable=SC2086
  quietly "set-up: installing $(wc -w <<< "$missing") Debian packages ($log)" "$log" \
    run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
}

# The Python of the tests: a virtual environment with the pinned clients.
setup_python() {
  local stamp
  stamp="$(stamp_path python tests/requirements.txt)"
  [[ -e "$stamp" && -x "$PYTHON_DIR/bin/python" ]] && return 0
  setup_packages python || return 1
  mkdir -p build/setup
  rm -rf "$PYTHON_DIR"
  /usr/bin/python3 -m venv "$PYTHON_DIR" || return 1
  quietly "set-up: Python packages of the tests" build/setup/pip.log \
    "$PYTHON_DIR/bin/pip" install --quiet --disable-pip-version-check -r tests/requirements.txt || return 1
  touch "$stamp"
}

# Apache Kafka and what it needs to run, as jars.
setup_kafka() {
  setup_packages kafka || return 1
  local stamp
  stamp="$(stamp_path kafka deploy/dev/kafka/pom.xml)"
  [[ -e "$stamp" && -d "$KAFKA_LIB_DIR" ]] && return 0
  mkdir -p build/setup
  rm -rf "$KAFKA_LIB_DIR"
  quietly "set-up: Apache Kafka by Maven" build/setup/maven.log \
    mvn -q -B -f deploy/dev/kafka/pom.xml \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$KAFKA_LIB_DIR" || return 1
  touch "$stamp"
}
