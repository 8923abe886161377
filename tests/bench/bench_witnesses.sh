#!/bin/sh
# SPDX-License-Identifier: ISC
# What it costs that every chain is a log: appends with logs and two witnesses
# on this machine, against appends without; how soon 200 changed chains a second
# are covered by a cosigned checkpoint; how long it takes to have 10,000 cosigned
# anew.
cd "$(dirname "$0")/../.." || exit 1
ROUNDS=${BENCH_ROUNDS:-3}
CHAINS=${BENCH_CHAINS:-10000}
. tests/bench/stack.sh
missing curl
PG_CONF='max_wal_size = 4GB
checkpoint_timeout = 30min
shared_buffers = 512MB'
for n in 1 2; do
	port=$(free_port)
	echo "$port" >"$T/port$n"
	"$B/bin/encl-witness" keygen --name "w$n.example" --key "$T/w$n.key" \
		--state "$T/w$n" >"$T/vkey$n" || exit 1
	echo "$(cat "$T/vkey$n") http://127.0.0.1:$port" >>"$T/witnesses"
done
export ENCLD_WITNESSES="$T/witnesses" ENCLD_LOG_NAME=log.example
stack_start
psql() {
	"$PG_BIN/psql" -XAtq "$@"
}
key=
while [ -z "$key" ]; do
	sleep 0.1
	key=$(curl -s "$ENCLD_URL/.well-known/encl" |
		sed -n 's/.*"log":{"name":"log.example","key":"\([^"]*\)".*/\1/p')
done
for n in 1 2; do
	"$B/bin/encl-witness" run --key "$T/w$n.key" --state "$T/w$n" \
		--listen "127.0.0.1:$(cat "$T/port$n")" \
		--log-prefix "log.example+$key" 2>"$T/w$n.log" &
	pids="$pids $!"
	wait_port "$(cat "$T/port$n")"
done
stack_appends
appends witnesses log.example \
	"$(echo "$key" | base64 -d | od -An -v -tx1 | tr -d ' \n')" \
	"$(cat "$T/vkey1")" "$(cat "$T/vkey2")" >/dev/null || exit 1
appends create "$CHAINS" >/dev/null || exit 1

# All that there is is covered, within so many seconds.
covered() {
	i=0
	while [ "$(psql -c "SELECT count(*) FROM encl.chain c
		LEFT JOIN encl.checkpoint k USING (chain)
		WHERE k.size IS DISTINCT FROM c.next_seq
		OR k.witnessed IS NULL")" -gt 0 ]; do
		i=$((i + 1))
		[ $i -lt $(($1 * 5)) ] || return 1
		sleep 0.2
	done
}
covered 300 || { echo "# not covered within five minutes"; exit 1; }
echo "# $CHAINS chains are covered"

# Each row that becomes covered, and when.
psql -c "CREATE TABLE bench_covered (chain bytea, size bigint, at timestamptz);
	GRANT INSERT ON bench_covered TO encl_app;
	CREATE FUNCTION bench_cover() RETURNS trigger LANGUAGE plpgsql
		SECURITY DEFINER AS \$\$ BEGIN
		INSERT INTO public.bench_covered
			VALUES (NEW.chain, NEW.size, clock_timestamp());
		RETURN NULL; END \$\$;
	CREATE TRIGGER bench_cover AFTER UPDATE ON encl.checkpoint
		FOR EACH ROW WHEN (NEW.witnessed IS NOT NULL)
		EXECUTE FUNCTION bench_cover()"
i=0
while [ $i -lt 100 ]; do # 20 at a time
	appends append 4 20 >/dev/null || exit 1
	sleep 0.055
	i=$((i + 1))
done
covered 30 || echo "# some were never covered"
psql -c "DROP TRIGGER bench_cover ON encl.checkpoint"
rate=$(psql -c "SELECT count(*) / extract(epoch FROM max(received) -
	min(received)) FROM encl.entry WHERE received > (SELECT min(at)
	FROM bench_covered) - interval '1 s'")
# An entry is covered with the first checkpoint that has it.
p99=$(psql -c "SELECT percentile_cont(ARRAY[0.5, 0.9, 0.99, 1]) WITHIN GROUP (ORDER BY s) FROM (
	SELECT extract(epoch FROM min(b.at) - e.received) AS s
	FROM encl.entry e JOIN bench_covered b
	ON b.chain = e.chain AND b.size > e.seq AND b.at >= e.received
	WHERE e.received > (SELECT min(at) FROM bench_covered) - interval '1 s'
	GROUP BY e.chain, e.seq, e.received) x")
p99=$(echo "$p99" | tr -d '{}')
echo "# $rate changed chains a second, covered after $p99 s (median, 90%, 99%, all)"
figure covered_p99_s "$(echo "$p99" | cut -d, -f3)" '<=1'

sleep 2
psql -c "UPDATE encl.checkpoint SET wanted = now()"
began=$(date +%s.%N)
while [ "$(psql -c "SELECT count(*) FROM encl.checkpoint
	WHERE wanted IS NOT NULL")" -gt 0 ]; do
	sleep 0.2
done
figure recosign_10000_s "$(echo "$began $(date +%s.%N)" |
	awk -v n="$CHAINS" '{ print ($2 - $1) * 10000 / n }')" '<=30'

# Rounds in turn with and without a signer, that is a log.
socket=$ENCLD_SIGNER_SOCKET
count=8000
i=0
while [ $i -le "$ROUNDS" ]; do
	for with in "" "$socket"; do
		ENCLD_SIGNER_SOCKET=$with
		export ENCLD_SIGNER_SOCKET
		stack_again
		sleep 1
		appends append 64 2000 >/dev/null || exit 1
		a=$(appends append 64 $count) || exit 1
		printf '%s ' "$a"
		[ -z "$with" ] || covered 120 || echo "# not covered" >&2
	done >"$T/round"
	[ $i -eq 0 ] || { cat "$T/round"; echo; }
	count=$(awk '{ print int($1 * 2) }' "$T/round")
	i=$((i + 1))
done >"$T/rounds"
echo "# appends a second: with logs $(column "$T/rounds" 2 | median), without $(column "$T/rounds" 1 | median)"
figure appends_with_logs "$(ratios "$T/rounds" 2 1 | median)" '>=0.85'
