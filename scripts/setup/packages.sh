#!/bin/sh
# packages.sh "NEED:PACKAGE ...": installs from Debian what is missing. A need is a command, a library or a file.
set -euf

is_there() {
  case $1 in
    /*) (set +f && ls -d $1) >/dev/null 2>&1 ;;
    *.so.*) ldconfig -p | grep -q "/$1\$" ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing=
for need in $1; do
  is_there "${need%:*}" || missing="$missing${missing:+ }${need##*:}"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
  printf 'pooldrift: missing: %s.\n  There is no apt-get here: install them (named as in Debian) in your own way, then start again.\n' "$missing" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  printf 'pooldrift: missing: %s.\n  Run it as root (sudo npm start), or install them: apt-get install %s\n' "$missing" "$missing" >&2
  exit 1
fi
exec scripts/setup/step.sh packages "$missing" installed scripts/setup/apt.sh $missing
