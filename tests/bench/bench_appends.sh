#!/bin/sh
# SPDX-License-Identifier: ISC
# Durable appends over HTTP with everything verified, 64 clients, 10,000
# chains, stages and revokes in equal parts: against a single-row INSERT of
# the same size on the same cluster, and against etcd's durable put.  Then a
# race of 64 writers for one chain, and who reads meanwhile.
cd "$(dirname "$0")/../.." || exit 1
ROUNDS=${BENCH_ROUNDS:-5}
CHAINS=${BENCH_CHAINS:-10000}
. tests/bench/stack.sh
missing wrk curl pgbench
PG_CONF='max_wal_size = 4GB
checkpoint_timeout = 30min
shared_buffers = 512MB'
stack_start
stack_appends
psql() {
	"$PG_BIN/psql" -XAtq "$@"
}

made=$(appends create "$CHAINS") || exit 1
echo "# $CHAINS chains, $made a second"
appends append 64 2000 >/dev/null || exit 1
size=$(psql -c "SELECT avg(octet_length(bytes))::int FROM encl.entry
	WHERE seq > 0")
echo "# entries of $size bytes"
psql -c "CREATE TABLE bench_insert (id bigserial PRIMARY KEY,
	body bytea NOT NULL)"
cat >"$T/insert.sql" <<EOS
INSERT INTO bench_insert (body) VALUES (
	'\\x$(head -c "$size" /dev/urandom | od -An -v -tx1 | tr -d ' \n')'::bytea);
EOS
insert() { # CLIENTS SECONDS
	"$PG_BIN/pgbench" -n -M prepared -c "$1" -j 4 -T "$2" \
		-f "$T/insert.sql" encl 2>"$T/pgbench" |
		sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

etcd=
if command -v etcd >/dev/null; then
	etcd_port=$(free_port) peer_port=$(free_port)
	etcd --data-dir "$T/etcd" --log-level error \
		--listen-client-urls "http://127.0.0.1:$etcd_port" \
		--advertise-client-urls "http://127.0.0.1:$etcd_port" \
		--listen-peer-urls "http://127.0.0.1:$peer_port" \
		--initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
		--initial-cluster "default=http://127.0.0.1:$peer_port" \
		>"$T/etcd.log" 2>&1 &
	pids="$pids $!"
	wait_port "$etcd_port"
	etcd=127.0.0.1:$etcd_port
else
	echo "# there is no etcd here"
fi
put() { # CLIENTS COUNT
	[ -n "$etcd" ] && "$B/tests/bench/etcd_put" "$etcd" "$1" "$2" "$size" ||
		echo 0
}

# About two seconds of each, by what the first round says.
count=20000
i=0
while [ $i -le "$ROUNDS" ]; do
	a=$(appends append 64 $count) || exit 1
	n=$(insert 32 2)
	p=$(put 64 $count) || exit 1
	[ $i -eq 0 ] || echo "$a $n $p" # the first one warms up
	count=$(echo "$a" | awk '{ print int($1 * 2) }')
	i=$((i + 1))
done >"$T/rounds"
echo "# a second: appends $(column "$T/rounds" 1 | median), INSERT $(column "$T/rounds" 2 | median), etcd $(column "$T/rounds" 3 | median)"
figure appends_over_insert "$(ratios "$T/rounds" 1 2 | median)" '>=0.8'
[ -z "$etcd" ] ||
	figure appends_over_etcd "$(ratios "$T/rounds" 1 3 | median)" '>=1.2'

reads=$(appends grow 8) || exit 1
url=$ENCLD_URL/v1/chains/$reads/entries?limit=4
race() { # CLIENTS SECONDS, with the chain's name to $T/raced
	appends race "$1" "$2" >"$T/race" || exit 1
	awk '{ print $3 }' "$T/race" >>"$T/raced"
	awk '{ print $1 }' "$T/race"
}
i=0
while [ $i -lt "$ROUNDS" ]; do
	one=$(race 1 2)
	many=$(race 64 2)
	# Readers beside one writer, and beside all of them.
	wrk -t 1 -c 16 -d 2s "$url" >"$T/beside" &
	w=$!
	race 1 2 >/dev/null
	wait $w
	calm=$(sed -n 's/^Requests\/sec: *//p' "$T/beside")
	wrk -t 1 -c 16 -d 2s "$url" >"$T/beside" &
	w=$!
	race 64 2 >/dev/null
	wait $w
	busy=$(sed -n 's/^Requests\/sec: *//p' "$T/beside")
	echo "$one $many $calm $busy"
	i=$((i + 1))
done >"$T/races"
echo "# on one chain, a second: one writer $(column "$T/races" 1 | median), 64 $(column "$T/races" 2 | median); readers beside one $(column "$T/races" 3 | median), beside 64 $(column "$T/races" 4 | median)"
figure race_over_one_writer "$(ratios "$T/races" 2 1 | median)" '>=0.9'
figure race_readers "$(ratios "$T/races" 4 3 | median)" '>=0.9'

# Each of those chains is whole.
bad=0
while read -r chain; do
	curl -sf -o "$T/bundle" "$ENCLD_URL/v1/chains/$chain/bundle" &&
		"$B/bin/encl" chain verify "$T/bundle" --pin "$chain" \
			>"$T/verdict" 2>&1 || bad=$((bad + 1))
done <"$T/raced"
[ $bad -eq 0 ] || sed 's/^/# /' "$T/verdict"
figure race_chains_broken $bad '<=0'
