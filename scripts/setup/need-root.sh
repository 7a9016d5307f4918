#!/bin/sh
# need-root.sh COMMAND [HINT]
set -eu
[ "$(id -u)" != 0 ] || exit 0
if [ -n "${SUDO_UID:-}" ]; then
  # npm before 9 runs scripts as the owner of the folder, though started as root.
  printf 'pooldrift: %s needs root, and this npm (%s) gave it up for the owner of the folder.\n  Take npm 9 or newer, or run make the same way.\n' "$1" "$(npm --version)" >&2
else
  printf 'pooldrift: %s loads BPF programs and needs root (running as uid %s). Run it as root%s.\n' "$1" "$(id -u)" "${2:+; $2}" >&2
fi
exit 1
