#!/bin/sh
# apt.sh PACKAGE...: installs them. Services they bring are started neither now nor at boot.
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
before=$(mktemp)

enabled_units() {
  command -v systemctl >/dev/null || return 0
  systemctl list-unit-files --state=enabled --no-legend --plain 2>/dev/null | cut -d ' ' -f 1 | sort
}

clean_up() {
  rm -f "$before"
  [ -z "${policy_is_ours:-}" ] || rm -f "$policy"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

if [ ! -e "$policy" ]; then
  policy_is_ours=1
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
enabled_units >"$before"
apt-get -q -o DPkg::Lock::Timeout=120 update
apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
for unit in $(enabled_units | comm -13 "$before" -); do
  systemctl disable "$unit"
done
