#!/bin/sh
# npm ci refuses a lock written where the registry lacked optional packages of other platforms: such a lock is
# installed as it stands (versions and integrity still come from it, and it is not written).
set -eu
options='--include=dev --no-audit --no-fund --loglevel=error'
said=$(mktemp)
trap 'rm -f "$said"' EXIT

if ! npm ci $options >"$said" 2>&1; then
  cat "$said"
  grep -q 'Missing: .* from lock file' "$said"
  npm install --no-save $options
fi
cp package-lock.json node_modules/.installed-lock
