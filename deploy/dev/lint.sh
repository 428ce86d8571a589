# ./dev lint: what a reader would otherwise have to point out.
# shellcheck shell=bash

CLANG_FLAGS=(-std=c++20 -fsyntax-only -Wall -Wextra -Wno-unknown-warning-option -Wthread-safety
  -Werror=thread-safety -I. -isystem build/release/generated '-DNOROSHI_VERSION="lint"')

cpp_files() { git ls-files -- '*.h' '*.cc'; }

# How many files clang-format would change: a report, since a layout is never worth a red run.
lint_format() {
  local file count=0
  while read -r file; do
    if ! clang-format-14 --dry-run --Werror "$file" 2> /dev/null; then
      say "format: $file"
      count=$((count + 1))
    fi
  done < <(cpp_files)
  say "lint format: $count files differ from .clang-format (clang-format-14 -i FILE)"
}

# The lock annotations of common/base/mutex.h mean something to clang only.
lint_threads() {
  local files
  mapfile -t files < <(git ls-files -- 'common/*.cc')
  printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 4 clang++-14 "${CLANG_FLAGS[@]}" || return 1
  say "lint threads: ${#files[@]} files"
}

lint_scripts() {
  local scripts
  mapfile -t scripts < <(git ls-files -- dev .ci/run '*.sh')
  shellcheck -x -s bash "${scripts[@]}" || return 1
  say "lint scripts: ${#scripts[@]} files"
}

# Committed text names no directory of somebody's machine and no host but those that deploy/dev/hosts.txt allows:
# mirrors and registries are each machine's own configuration.
lint_text() {
  local bad=0 found
  found="$(git grep -nIE '(^|[^A-Za-z0-9_.$}-])/(work|root|home|tmp)/[A-Za-z0-9_.-]' -- ':!LICENSE' || true)"
  if [[ -n "$found" ]]; then
    say "machine paths:"$'\n'"$found"
    bad=1
  fi
  found="$(git grep -nIoE 'https?://[A-Za-z0-9.-]+\.[A-Za-z]{2,}' -- ':!LICENSE' |
    grep -vE '\.(example|invalid|test|localhost)$' | grep -vE "://($(allowed_hosts))\$" || true)"
  if [[ -n "$found" ]]; then
    say "hosts that deploy/dev/hosts.txt does not allow:"$'\n'"$found"
    bad=1
  fi
  say "lint text: machine paths, hosts"
  return $bad
}

allowed_hosts() { grep -v '^#' deploy/dev/hosts.txt | sed 's/\./\\./g' | paste -sd'|'; }

lint_tidy() {
  mapfile -t files < <(git ls-files -- 'common/**/*.cc' 'services/**/*.cc')
  nice -n 5 xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/release --quiet < <(printf '%s\n' "${files[@]}")
}

cmd_lint() {
  local tidy=no part bad=0
  for part in "$@"; do
    case "$part" in
      --tidy) tidy=yes ;;
      *) usage_error "lint: unknown argument \`$part\`; there is --tidy" ;;
    esac
  done
  setup_packages build lint
  # generated headers, which the analysis reads
  build_preset release noroshi_proto noroshi_proto_grpc
  lint_format
  lint_threads || bad=1
  lint_scripts || bad=1
  lint_text || bad=1
  if [[ $tidy == yes ]]; then lint_tidy || bad=1; fi
  [[ $bad -eq 0 ]] || fail "lint found something"
}
