#!/bin/sh
# Node >= 22.18 runs TypeScript by itself. An older one on PATH: the project takes its own from npm.
set -eu
package=node-linux-$NODE_ARCH@$NODE_VERSION
have=$(node --version 2>/dev/null || echo none)

case $have in
  "v$NODE_VERSION") exit 0 ;;
  v22.1[89].* | v22.[2-9][0-9].* | v2[4-9].* | v[3-9][0-9].*) [ -d .toolchain ] || exit 0 ;;
esac

if [ -z "$NODE_ARCH" ]; then
  printf 'pooldrift: Node %s is too old (22.18 is needed), and for %s there is none to take.\n  Install a current Node, then start again. x86_64 and aarch64 are supported.\n' "$have" "$(uname -m)" >&2
  exit 1
fi
if ! command -v npm >/dev/null; then
  printf "pooldrift: npm is missing: install it (Debian's package is npm), then start again.\n" >&2
  exit 1
fi
exec scripts/setup/step.sh toolchain "Node ${NODE_VERSION%.*} (the system's is ${have#v})" 'installed' \
  npm install --prefix .toolchain --no-save --no-audit --no-fund --no-package-lock --loglevel=error "$package"
