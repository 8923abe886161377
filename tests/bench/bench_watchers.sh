#!/bin/sh
# SPDX-License-Identifier: ISC
# One entry is told to 10,000 watchers, of its chain and of all chains: when 99
# of 100 have it, as a part of 250 ms; and what a watcher costs in memory.
cd "$(dirname "$0")/../.." || exit 1
WATCHERS=${BENCH_WATCHERS:-10000}
. tests/bench/stack.sh
missing taskset python3
need=$((WATCHERS + 200))
if [ "$(ulimit -Hn)" -lt $need ]; then
	echo "# ulimit -n is below $need"
	exit 0
fi
ulimit -n "$(ulimit -Hn)"
printf 'new 0 1 1 0 0 0 60000 60000\nroot\n' |
	"$B/tests/tools/scribe" | tail -n 1 | cut -d' ' -f2 |
	python3 -c 'import sys
sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >"$T/root"
export ENCLD_ROOTS="$T/root"
stack_start
pin "$SERVER_CPUS" "$ENCLD_PID"
export CLIENT_CPUS BUILD PYTHONPATH=tests/api PYTHONDONTWRITEBYTECODE=1
rss() {
	awk '/^VmRSS/ { print $2 }' "/proc/$ENCLD_PID/status"
}
before=$(rss)
for what in chain all; do
	python3 tests/bench/watchers.py "$WATCHERS" $what >"$T/$what" || exit 1
	[ $what = all ] || echo "# $((($(rss) - before) / (WATCHERS / 1000) )) bytes a watcher" 
	sed "s/^/# $what, ms for 50%, 99%, all: /" "$T/$what"
	sleep 3 # until those are gone
	column "$T/$what" 2 | median | awk '{ printf "%.3f\n", $1 / 250 }' \
		>"$T/$what.ratio"
	figure "watchers_${what}_p99_of_250ms" "$(cat "$T/$what.ratio")" '<=1'
done
