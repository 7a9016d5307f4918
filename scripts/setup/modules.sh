#!/bin/sh
# npm ci, once for each content of package-lock.json.
set -eu
if cmp -s package-lock.json node_modules/.installed-lock; then exit 0; fi
count=$(grep -c '^    "node_modules/' package-lock.json)
exec scripts/setup/step.sh modules "$count from npm, as locked" installed \
  sh -c 'npm ci --include=dev --no-audit --no-fund && cp package-lock.json node_modules/.installed-lock'
