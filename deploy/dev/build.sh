# ./dev build, demo, sim, fuzz: the jobs that are "build, then run what was built".
# shellcheck shell=bash

BUILD_JOBS="${NOROSHI_JOBS:-$(nproc)}"
export CCACHE_DIR="${CCACHE_DIR:-$NOROSHI_SOURCE_DIR/build/.ccache}"

# build_preset PRESET [TARGET...]: configures when never done (Ninja does it again by itself when a file asks for it).
build_preset() {
  local preset="$1" started=$SECONDS ninja=(ninja "-j$BUILD_JOBS")
  shift
  setup_packages build
  [[ "$preset" == fuzz ]] && setup_packages lint
  if [[ ! -e "build/$preset/build.ninja" ]]; then
    quietly "configuring build/$preset" "build/setup/cmake-$preset.log" cmake --preset "$preset" ||
      fail "cmake --preset $preset failed"
  fi
  [[ -t 1 ]] || ninja+=(--quiet)
  "${ninja[@]}" -C "build/$preset" "$@" >&2 || fail "build of $preset failed"
  if [[ "$preset" == release ]]; then
    mkdir -p build/release/bin
    ln -sfn release/bin build/bin
  fi
  say "built $preset: build/$preset/bin ($(seconds_since "$started") s)"
}

cmd_build() {
  local preset="${1:-release}"
  case "$preset" in
    release | dev | asan | tsan | fuzz) build_preset "$preset" ;;
    *) usage_error "unknown preset \`$preset\`: release, dev, asan, tsan or fuzz" ;;
  esac
}

# Sets up and builds the programs (not the tests), then hands over to the story.
cmd_demo() {
  local arguments=" $* "
  setup_packages build python
  setup_python
  if [[ "$arguments" == *" --log kafka"* || "$arguments" == *" --log=kafka"* ]]; then
    setup_kafka
  fi
  build_preset release programs
  exec deploy/demo/demo.sh "$@"
}

# The simulation tests print their seed when they fail; a given SEED runs exactly that one.
cmd_sim() {
  build_preset release
  [[ $# -gt 0 ]] && export NOROSHI_SIM_SEED="$1"
  ctest --test-dir build/release --output-on-failure -L sim
}

FUZZ_SMOKE_SECONDS=20

cmd_fuzz() {
  [[ "${1:-}" == smoke ]] || usage_error "fuzz smoke is the only one"
  build_preset fuzz
  local target name corpus found=0
  for target in build/fuzz/bin/*_fuzz; do
    [[ -x "$target" ]] || continue
    name="$(basename "$target")"
    corpus="build/fuzz/corpus/$name"
    mkdir -p "$corpus"
    say "fuzz $name: $FUZZ_SMOKE_SECONDS s"
    local inputs=("$corpus")
    [[ -d "tests/fuzz/corpus/${name%_fuzz}" ]] && inputs+=("tests/fuzz/corpus/${name%_fuzz}")
    "$target" -max_total_time="$FUZZ_SMOKE_SECONDS" -print_final_stats=0 -verbosity=0 \
      -artifact_prefix="build/fuzz/$name-" "${inputs[@]}" || fail "fuzz $name: see build/fuzz/$name-*"
    found=$((found + 1))
  done
  [[ $found -gt 0 ]] || fail "no fuzz target was built"
  say "fuzz smoke: $found targets, nothing found"
}
