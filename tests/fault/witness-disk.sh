#!/bin/sh
# SPDX-License-Identifier: ISC
# An encl-witness whose disk is full answers 503, forgets nothing, and goes on
# as soon as there is room, with no restart.
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || { echo "skipped witness-disk: not root"; exit 77; }
BUILD=${BUILD:-build}
T=$(mktemp -d /tmp/encl-witness.XXXXXX) || exit 1
. tests/lib/witness.sh
mount -t tmpfs -o size=3m,mode=700 encl-witness "$T" 2>/dev/null || {
	rmdir "$T"
	echo "skipped witness-disk: no file system can be mounted here"
	exit 77
}
trap 'witness_stop 1 KILL 2>/dev/null; umount -l "$T"; rmdir "$T"' EXIT
trap 'exit 1' INT TERM HUP
bad=0
log() { "$BUILD/tests/tools/testlog" "$@"; }
ask() {
	log ask seed log.example/a "$1" "$2" >"$T/body"
	curl -s -o "$T/out" -w '%{http_code}' -H 'Expect:' \
		--data-binary "@$T/body" "$WITNESS_URL/add-checkpoint"
}
witness_make 1 && witness_run 1 --log "$(log vkey seed log.example/a)" || exit 1
log ask seed log.example/a 0 1 >"$T/body"
[ "$(ask 0 1)" = 200 ] || { echo "not ok - before"; bad=1; }
dd if=/dev/zero of="$T/ballast" bs=4096 2>/dev/null
truncate -s -65536 "$T/ballast" # for this script
size=1
while [ $size -lt 400 ]; do
	status=$(ask $size $((size + 1)))
	[ "$status" = 200 ] || break
	size=$((size + 1))
done
dd if=/dev/zero of="$T/ballast2" bs=4096 2>/dev/null
[ "$status" = 503 ] && grep -q disk_full "$T/out" &&
	echo "ok - a full disk is 503, after $size" ||
	{ echo "not ok - a full disk: $status after $size"; bad=1; }
rm -f "$T/ballast2"
[ "$(ask $((size + 1)) $((size + 2)))" = 409 ] && [ "$(cat "$T/out")" = $size ] &&
	echo "ok - what was not written was not cosigned" ||
	{ echo "not ok - $(cat "$T/out")"; bad=1; }
rm -f "$T/ballast"
[ "$(ask $size $((size + 1)))" = 200 ] && echo "ok - it goes on when there is room" ||
	{ echo "not ok - it does not go on"; bad=1; }
witness_stop 1 KILL 2>/dev/null
witness_run 1 --log "$(log vkey seed log.example/a)" || exit 1
[ "$(ask $size $size)" = 409 ] && [ "$(cat "$T/out")" = $((size + 1)) ] &&
	echo "ok - and remembers" || { echo "not ok - $(cat "$T/out")"; bad=1; }
exit $bad
