#!/bin/sh
# The npm packages, once for each content of package-lock.json.
set -eu
if cmp -s package-lock.json node_modules/.installed-lock; then exit 0; fi
count=$(grep -c '^    "node_modules/' package-lock.json)
exec scripts/setup/step.sh modules "npm ci ($count in the lock)" installed scripts/setup/npm-ci.sh
