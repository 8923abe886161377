#!/bin/sh
# SPDX-License-Identifier: ISC
# encl-witness is killed under load, again and again (WITNESS_KILLS, 25), while
# logs put three histories forward at once.  Every cosignature that anybody was
# given is kept, and in the end they must be of one history a log, and never of
# a smaller size or an earlier time than one that was given before.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
kills=${WITNESS_KILLS:-${SOAK_ROUNDS:-25}}
[ "$kills" -ge 25 ] || kills=25
T=$(mktemp -d /tmp/encl-witness.XXXXXX) || exit 1
. tests/lib/witness.sh
load="$BUILD/tests/tools/witness_load"
trap 'witness_stop 1 KILL 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM HUP
witness_make 1 || exit 1
family=$("$load" family)
: >"$T/told"
bad=0

# told N: so many cosignatures were given
told() { [ "$(wc -l <"$T/told")" -ge "$1" ]; }
for round in $(seq "$kills"); do
	n=$(wc -l <"$T/told")
	witness_run 1 --log-prefix "$family" --per-address 1000 || exit 1
	"$load" run "${WITNESS_URL#http://}" "$(cat "$T/w1.vkey")" "$T/told" \
		$((round * 50)) 50 32 "$round" 2>"$T/err" &
	loader=$!
	comes told $((n + 50)) || { echo "not ok - hardly any load"; bad=1; }
	sleep "0.$((round * 7 % 4))$((round % 10))"
	witness_stop 1 KILL 2>/dev/null
	wait $loader || { echo "not ok - round $round"; cat "$T/err"; bad=1; }
done
if "$load" check "$T/told" >"$T/out"; then
	echo "ok - one history after $kills kills: $(tail -n 1 "$T/out")"
else
	echo "not ok - two histories, or a step back"
	tail -n 20 "$T/out"
	bad=1
fi

# The check would notice: a witness that is put back to an old record.
witness_run 1 --log-prefix "$family" || exit 1
witness_stop 1
cp "$T/w1/cosigned" "$T/old"
: >"$T/told"
for round in 1 2; do
	witness_run 1 --log-prefix "$family" --per-address 1000 || exit 1
	"$load" run "${WITNESS_URL#http://}" "$(cat "$T/w1.vkey")" "$T/told" \
		5000 20 16 "$round" 2>"$T/err" &
	loader=$!
	comes told 200
	witness_stop 1 KILL 2>/dev/null
	wait $loader
	[ $round = 2 ] || cp "$T/old" "$T/w1/cosigned"
	# what its readers would notice at once is not read here
	mv "$T/told" "$T/all$round"
	: >"$T/told"
done
cat "$T/all1" "$T/all2" >"$T/told"
if "$load" check "$T/told" >"$T/out"; then
	echo "not ok - a restored record went unnoticed"
	bad=1
else
	echo "ok - a witness put back to an old record is caught: $(head -n 1 "$T/out")"
fi
exit $bad
