#!/bin/sh
# SPDX-License-Identifier: ISC
# Offline verification of 1,000 upgrades, one a week, with the certificate
# lifetimes of real documents: against the straightforward way, against the
# bare cost of the signature checks, over threads, and its memory.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
ROUNDS=${BENCH_ROUNDS:-5}
. tests/bench/figure.sh
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT

"$B/tests/bench/verify_make" 1000 7 "$T/chain" "$T/root.der" || exit 1
"$B/tests/bench/verify_make" 2500 3 "$T/long" "$T/root2.der" || exit 1

encl() {
	"$B/tests/bench/stopwatch" "$B/bin/encl" chain verify "$T/chain" \
		--root "$T/root.der" --threads "$1"
}
encl 1 >/dev/null || { echo "# the chain does not verify" >&2; exit 1; }
i=0
while [ $i -lt "$ROUNDS" ]; do
	one=$(encl 1) two=$(encl 2) four=$(encl 4)
	plain=$("$B/tests/bench/stopwatch" "$B/tests/bench/verify_plain" \
		"$T/chain" "$T/root.der") || exit 1
	bare=$("$B/tests/bench/verify_bare" "$T/chain") || exit 1
	echo "${one%% *} ${two%% *} ${four%% *} ${plain%% *} ${bare%% *} ${one##* } ${four##* }"
	i=$((i + 1))
done >"$T/rounds"
echo "# seconds: 1 thread $(column "$T/rounds" 1 | median), 2 $(column "$T/rounds" 2 | median), 4 $(column "$T/rounds" 3 | median), straightforward $(column "$T/rounds" 4 | median), bare checks $(column "$T/rounds" 5 | median)"
figure verify_over_straightforward "$(ratios "$T/rounds" 4 1 | median)" '>=3'
figure verify_over_bare_checks "$(ratios "$T/rounds" 1 5 | median)" '<=1.25'
figure verify_2_threads "$(ratios "$T/rounds" 1 2 | median)" '>=1.8'
figure verify_4_threads "$(ratios "$T/rounds" 1 3 | median)" '>=3.3'
mib() {
	awk '{ printf "%.1f\n", $1 / 1024 }'
}
figure verify_memory_mib "$(column "$T/rounds" 6 | median | mib)" '<=16'
figure verify_memory_4_threads_mib "$(column "$T/rounds" 7 | median | mib)" '<=16'
long=$("$B/tests/bench/stopwatch" "$B/bin/encl" chain verify "$T/long" \
	--root "$T/root2.der" --threads 4) || exit 1
figure verify_memory_10000_entries_mib "$(echo "${long##* }" | mib)" '<=16'
