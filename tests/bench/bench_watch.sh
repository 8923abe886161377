#!/bin/sh
# SPDX-License-Identifier: ISC
# How long `encl watch` takes to catch up with a chain of 1,000 upgrades, all
# that is asked, written and remembered included, against the bare signature
# checks on one processor; and how long a second look takes.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
ROUNDS=${BENCH_ROUNDS:-5}
. tests/bench/figure.sh
T=$(mktemp -d) || exit 1
server=
trap '[ -z "$server" ] || kill $server; rm -rf "$T"' EXIT

"$B/tests/bench/verify_make" 1000 7 "$T/chain" "$T/root.der" || exit 1
python3 tests/bench/pages.py "$T/chain" "$T/port" &
server=$!
for i in $(seq 100); do
	[ -f "$T/port" ] && break
	sleep 0.1
done
id=$("$B/bin/encl" chain verify "$T/chain" --root "$T/root.der" -o json |
	sed -n 's/^  "chain": "\(.*\)",$/\1/p')

watch() {
	env -i HOME="$T" "$B/tests/bench/stopwatch" "$B/bin/encl" watch "$id" \
		--server "http://127.0.0.1:$(cat "$T/port")" --once \
		--state "$T/state" --root "$T/root.der" --exec "cat >$T/said"
}
i=0
while [ $i -lt "$ROUNDS" ]; do
	rm -rf "$T/state"
	one=$(watch) && grep -q '"seq":4002' "$T/said" || {
		echo "# it did not catch up: $(cat "$T/said")" >&2
		exit 1
	}
	two=$(watch) || exit 1
	bare=$("$B/tests/bench/verify_bare" "$T/chain") || exit 1
	cpu=${one#* }
	echo "${one%% *} ${two%% *} ${bare%% *} ${cpu%% *}"
	i=$((i + 1))
done >"$T/rounds"
echo "# seconds: catching up $(column "$T/rounds" 1 | median), a second look $(column "$T/rounds" 2 | median), bare checks $(column "$T/rounds" 3 | median)"
figure watch_processor_over_bare_checks "$(ratios "$T/rounds" 4 3 | median)" -
figure watch_over_bare_checks "$(ratios "$T/rounds" 1 3 | median)" '<=1.2'
