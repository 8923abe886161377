#!/bin/sh
# SPDX-License-Identifier: ISC
# From exec to ready with 1,000,000 entries in 10,000 chains, against psql
# copying the same rows out.
cd "$(dirname "$0")/../.." || exit 1
ROUNDS=${BENCH_ROUNDS:-5}
CHAINS=${BENCH_CHAINS:-10000}
. tests/bench/stack.sh
missing curl
PG_CONF='max_wal_size = 8GB
checkpoint_timeout = 30min
shared_buffers = 1GB'
stack_start
stack_appends
psql() {
	"$PG_BIN/psql" -XAtq -v ON_ERROR_STOP=1 "$@"
}
model=$(appends grow 2) || exit 1
first=$(psql -c "WITH one AS (SELECT c.org, d.cbor, d.json FROM encl.chain c
		JOIN encl.definition d USING (enclave)
		WHERE c.chain = '\\x$model'),
	made AS (INSERT INTO encl.enclave (org, name)
		SELECT org, 'started-' || i
		FROM one, generate_series(1, $CHAINS) i RETURNING org, id),
	defined AS (INSERT INTO encl.definition
		(org, enclave, version, cbor, json)
		SELECT org, id, 1, cbor, json FROM made JOIN one USING (org))
	SELECT org || ' ' || min(id) FROM made GROUP BY org") || exit 1
part=$(((CHAINS + cpus - 1) / cpus))
i=0
while [ $((i * part)) -lt "$CHAINS" ]; do
	left=$((CHAINS - i * part))
	[ $left -lt $part ] || left=$part
	# shellcheck disable=SC2086
	"$B/tests/bench/entries" $first $((i * part)) $left 100 |
		psql >"$T/load$i" 2>&1 &
	loads="${loads:-} $!"
	i=$((i + 1))
done
for p in $loads; do
	wait "$p" || { cat "$T"/load* >&2; exit 1; }
done
psql -c "VACUUM ANALYZE"
echo "# $(psql -c "SELECT count(*) FROM encl.entry") entries, $(psql -c "SELECT pg_size_pretty(sum(octet_length(bytes))) FROM encl.entry")"

now() {
	date +%s.%N
}
start() { # in this shell, for it is the parent; seconds to $T/took
	kill "$ENCLD_PID"
	wait "$ENCLD_PID"
	a=$(now)
	"$B/bin/encld" run 2>>"$ENCLD_DIR/log" &
	ENCLD_PID=$!
	until curl -sf -o /dev/null "$ENCLD_OPS/readyz"; do
		kill -0 "$ENCLD_PID" || exit 1
		sleep 0.005
	done
	echo "$a $(now)" | awk '{ print $2 - $1 }' >"$T/took"
}
copied() {
	a=$(now)
	psql -c "\\copy (SELECT bytes FROM encl.entry) TO '/dev/null' (FORMAT binary)"
	echo "$a $(now)" | awk '{ print $2 - $1 }'
}
copied >/dev/null
i=0
while [ $i -lt "$ROUNDS" ]; do
	start
	echo "$(cat "$T/took") $(copied)"
	i=$((i + 1))
done >"$T/rounds"
echo "# seconds: ready $(column "$T/rounds" 1 | median), copied out $(column "$T/rounds" 2 | median)"
figure start_over_copy "$(ratios "$T/rounds" 1 2 | median)" '<=1.5'
