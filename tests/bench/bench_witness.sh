#!/bin/sh
# SPDX-License-Identifier: ISC
# How long encl-witness takes to cosign 10,000 chains again, each flushed before
# it is answered, on two cores that it shares with those who ask.
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/figure.sh
. tests/lib/witness.sh
T=$(mktemp -d "${BENCH_DIR:-/tmp}/encl-bench.XXXXXX") || exit 1
trap 'witness_stop 1 KILL 2>/dev/null; rm -rf "$T"' EXIT
asks=$BUILD/tests/bench/witness_asks
logs=10000
two=
command -v taskset >/dev/null && taskset -c 0,1 true 2>/dev/null && two="taskset -c 0,1"
witness_make 1 && witness_run 1 --log-prefix "$("$asks" family)" || exit 1
[ -z "$two" ] || taskset -acp 0,1 "$WITNESS_PID" >/dev/null
for connections in 4 64; do
	$two "$asks" "${WITNESS_URL#http://}" $connections $logs 3 >"$T/$connections.all" || {
		# what it cosigned, it has; begin again
		sed 's/^/# /' "$T/$connections.all"
		exit 1
	}
	grep -v '^#' "$T/$connections.all" >"$T/$connections"
	echo "# $connections connections: $(column "$T/$connections" 1 | median) s for $logs, $(awk -v n=$logs '{ printf "%.0f\n", n / $1 }' "$T/$connections" | median) cosignatures a second; $(curl -s "$WITNESS_URL/metrics" | sed -n 's/^encl_witness_flushes_total //p') flushes so far"
	witness_stop 1
	rm -rf "$T/w1" "$T/w1.key"
	witness_make 1 && witness_run 1 --log-prefix "$("$asks" family)" || exit 1
	[ -z "$two" ] || taskset -acp 0,1 "$WITNESS_PID" >/dev/null
done
figure witness_recosign_10000_seconds "$(column "$T/4" 1 | median)" '<=30'
figure witness_over_signatures_alone "$(ratios "$T/64" 1 2 | median)" -
