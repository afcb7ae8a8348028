# Sourced by the scripts beside it: words for people, and Node's place in PATH.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
ROOT=$PWD
TOOLS=$ROOT/.tools

# Node 24 and its npm live in .tools; what the machine has stays untouched.
export PATH="$TOOLS/node_modules/.bin:$PATH"
# Node trusts what the machine trusts, such as the certificate of an office's proxy.
if [ -z "${NODE_EXTRA_CA_CERTS-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
  export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
fi

if [ -t 1 ]; then BOLD=$'\e[1m' RED=$'\e[31m' OFF=$'\e[0m'; else BOLD='' RED='' OFF=''; fi

# say WORDS: one step begins.
say() { printf '%s==> %s%s\n' "$BOLD" "$*" "$OFF"; }

# die WHAT REMEDY: stops with what went wrong and how to mend it.
die() {
  printf '%serror:%s %s\n' "$RED" "$OFF" "$1" >&2
  printf 'remedy: %s\n' "$2" >&2
  exit 1
}

# jobs: how many compilers at a time: one a core, but 1.5 GB of memory for each.
jobs() {
  awk -v cores="$(nproc)" '/^MemAvailable/ { n = int($2 / 1500000); if (n > cores) n = cores; print n < 1 ? 1 : n }' \
    /proc/meminfo
}

# build PRESET [TARGET...]: configures when needed and builds.
build() {
  local preset=$1
  shift
  local log=$ROOT/build/$preset.configure.log
  mkdir -p build
  # Configuring again takes a second and finds new files; only trouble is shown.
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "cmake --preset $preset failed (whole output: ${log#"$ROOT"/})" \
      "run scripts/bootstrap; if it still fails, remove build/$preset and try again"
  fi
  local targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  cmake --build --preset "$preset" -j "$(jobs)" "${targets[@]}" ||
    die "the build of preset $preset failed" "see the first error above"
}
