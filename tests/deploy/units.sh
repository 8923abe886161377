#!/bin/sh
# SPDX-License-Identifier: ISC
# The shipped units stay hardened: exposure of at most 1.5 of 10.
cd "$(dirname "$0")/../../deploy/systemd" || exit 1
command -v systemd-analyze >/dev/null || {
	echo "skipped systemd-analyze is not installed"
	exit 77
}
bad=0
for u in *.service; do
	if systemd-analyze security --offline=true --threshold=15 "$u" >/dev/null 2>&1; then
		echo "ok - $u: $(systemd-analyze security --offline=true "$u" 2>/dev/null | tail -n 1 | grep -o '[0-9.]* [A-Z]*' | head -n 1)"
	else
		echo "not ok - $u is more exposed than 1.5"
		bad=1
	fi
done
exit $bad
