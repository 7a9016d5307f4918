#!/bin/sh
# npm ci, then a copy of the lock beside what it installed: done work is not done again.
set -eu
npm ci --include=dev --no-audit --no-fund --loglevel=error
cp package-lock.json node_modules/.installed-lock
