#!/bin/sh
# SPDX-License-Identifier: ISC
# tests/bench/run.sh [BENCH...]: runs tests/bench/bench_*.sh, or those named.
# Each prints figures as "name value target ok|short"; they are shown as they
# come and written to $BUILD/bench.json.  Lines that begin with # are talk.
# Exit 0 whatever the figures are.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
export BUILD
[ $# -gt 0 ] || set -- tests/bench/bench_*.sh
mkdir -p "$BUILD"
lines=$BUILD/bench.lines
: >"$lines"
for b in "$@"; do
	name=$(basename "$b" .sh)
	echo "# $name" >&2
	sh "$b" >"$lines.now" ||
		echo "# $name did not run to its end" >&2
	grep '^#' "$lines.now" >&2
	grep -E '^[a-z0-9_]+ [^ ]+ [^ ]+ (ok|short)$' "$lines.now" |
		tee -a "$lines"
done
awk 'BEGIN { print "[" } {
	printf "%s  {\"name\":\"%s\",\"value\":%s,\"target\":\"%s\",\"ok\":%s}",
	    (NR > 1 ? ",\n" : ""), $1, $2, $3, ($4 == "ok" ? "true" : "false")
} END { print "\n]" }' "$lines" >"$BUILD/bench.json"
rm -f "$lines" "$lines.now"
exit 0
