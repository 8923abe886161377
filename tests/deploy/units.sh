#!/bin/sh
# SPDX-License-Identifier: ISC
# The shipped units stay hardened: exposure of at most 1.5 of 10; and, where
# `make install` puts them, they name what is there.
cd "$(dirname "$0")/../.." || exit 1
command -v systemd-analyze >/dev/null || {
	echo "skipped systemd-analyze is not installed"
	exit 77
}
bad=0
T=$(mktemp -d /tmp/encl-units.XXXXXX)
trap 'rm -rf "$T"' EXIT
chmod 755 "$T"
if make -s install BUILD="${BUILD:-build}" PREFIX="$T" >"$T/log" 2>&1 &&
	systemd-analyze verify "$T"/lib/systemd/system/*.service >"$T/log" 2>&1 &&
	[ ! -s "$T/log" ]; then
	echo "ok - installed, with programs and documentation in their places"
else
	echo "not ok - make install"
	cat "$T/log"
	bad=1
fi
cd deploy/systemd || exit 1
for u in *.service; do
	if systemd-analyze security --offline=true --threshold=15 "$u" >/dev/null 2>&1; then
		echo "ok - $u: $(systemd-analyze security --offline=true "$u" 2>/dev/null | tail -n 1 | grep -o '[0-9]\.[0-9] [A-Z]*')"
	else
		echo "not ok - $u is more exposed than 1.5"
		bad=1
	fi
done
exit $bad
