#!/bin/sh
# step.sh LABEL WHAT DONE COMMAND...: one aligned line; what COMMAND says goes to build/LABEL.log.
set -eu
label=$1 what=$2 outcome=$3 log=build/$1.log
shift 3

stop() {
  printf 'failed\n'
  printf 'pooldrift: %s failed: %s\n  The end of %s:\n' "$label" "$1" "$log" >&2
  tail -n 12 "$log" | sed 's/^/    /' >&2
  exit 1
}

said() { grep -Eq "$1" "$log"; }

reason() {
  if said 'E404|ETARGET|EINTEGRITY'; then echo 'npm lacks a package that package-lock.json or the Makefile names.'
  elif said 'Unable to locate package|has no installation candidate'; then echo "this system's package sources lack a package. Install it by hand, then start again."
  elif said 'EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|[Cc]ould not (resolve|connect)|Temporary failure resolving|[Uu]nreachable|Failed to fetch'; then
    echo 'no network, or the server does not answer. Set-up needs it once; go on with the same command later.'
  elif said 'CERT_|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)'; then echo "the server's certificate is not trusted. Behind a proxy that opens TLS: npm config set cafile, or NODE_EXTRA_CA_CERTS."
  elif said 'Could not get lock|Unable to acquire the dpkg'; then echo 'another package manager runs. Wait until it is done.'
  elif said 'ENOSPC|No space left'; then echo 'the disk is full.'
  elif said 'EACCES|EPERM|[Pp]ermission denied'; then echo "uid $(id -u) may not write here."
  else echo "$command_name ended with an error."; fi
}

# A checkout that belongs to a user stays that user's, though set-up ran as root.
give_back() {
  [ "$(id -u)" = 0 ] && [ "$(stat -c %u .)" != 0 ] || return 0
  for made in build node_modules .toolchain; do
    [ ! -e "$made" ] || chown -Rh --reference=. "$made"
  done
}

command_name=$(basename "$1")
# In a subshell: a redirection that fails would end this one without a word.
(mkdir -p build && : >"$log") 2>/dev/null || {
  printf 'pooldrift: cannot write to %s as uid %s: give the folder to this user, or remove build/.\n' "$PWD/build" "$(id -u)" >&2
  exit 1
}
dots=$((38 - ${#what}))
printf '%-11s %s %.*s ' "$label" "$what" "$((dots > 3 ? dots : 3))" '......................................'
"$@" >>"$log" 2>&1 </dev/null || stop "$(reason)"
give_back
printf '%s\n' "$outcome"
