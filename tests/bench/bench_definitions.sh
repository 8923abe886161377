#!/bin/sh
# SPDX-License-Identifier: ISC
# How many definitions are linted in a second of one processor, over the goal
# of 10,000: the files of tests/definition, of each format in turn.
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/figure.sh
B=${BUILD:-build}
i=0
while [ $i -lt "${BENCH_ROUNDS:-5}" ]; do
	"$B/tests/bench/lint" 2 tests/definition/*/* || exit 1
	i=$((i + 1))
done >"$B/lint.rounds"
rate=$(median <"$B/lint.rounds")
rm -f "$B/lint.rounds"
echo "# definitions linted in a second of one processor: $rate"
figure lints_over_10000_a_second \
	"$(echo "$rate" | awk '{ printf "%.3f", $1 / 10000 }')" '>=1'
