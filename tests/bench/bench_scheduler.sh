#!/bin/sh
# SPDX-License-Identifier: ISC
# What is due becomes tasks of agents: 10,000 chains at one moment.  From the
# begin of the first transaction to the commit of the last, as PostgreSQL says.
cd "$(dirname "$0")/../.." || exit 1
ROUNDS=${BENCH_ROUNDS:-5}
CHAINS=10000
. tests/bench/stack.sh
PG_CONF='track_commit_timestamp = on'
stack_start
stack_appends
psql() {
	"$PG_BIN/psql" -XAtq "$@"
}
appends create $CHAINS >/dev/null || exit 1
appends stage >/dev/null || exit 1
i=0
while [ $i -lt "$ROUNDS" ]; do
	psql -c "DELETE FROM encl.task" \
		-c "UPDATE encl.chain SET due_at = now() + interval '1.5 s'"
	for _ in $(seq 100); do
		sleep 0.2
		n=$(psql -c "SELECT count(*) FROM encl.task")
		[ "$n" -lt $CHAINS ] || break
	done
	psql -c "SELECT count(*) / extract(epoch FROM
		max(pg_xact_commit_timestamp(xmin)) - min(created))
		FROM encl.task HAVING count(*) = $CHAINS"
	i=$((i + 1))
done >"$T/rates"
figure scheduler_tasks_a_second "$(median <"$T/rates")" '>=20000'
