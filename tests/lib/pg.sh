# SPDX-License-Identifier: ISC
# A private PostgreSQL for a test: source this, then pg_start; pg_stop is run
# at exit.  Sets PGHOST, PGPORT, PGUSER (a superuser), PGDATABASE and PG_DIR.
# Trust on a unix socket that only this user and root can reach; durable like
# a real one.  PG_CONF: further lines of postgresql.conf; PG_TABLES: a folder
# for the tables, PostgreSQL's own.

pg_bin() {
	for d in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
		[ -x "$d/initdb" ] && { echo "$d"; return; }
	done
	d=$(command -v initdb) && dirname "$d"
}

# As a user that PostgreSQL accepts: it refuses root.
pg_as() {
	if [ "$(id -u)" -eq 0 ]; then
		runuser -u "$PG_OS" -- env -C / "$@"
	else
		"$@"
	fi
}

pg_ctl_start() {
	pg_as "$PG_BIN/pg_ctl" -s -w -t 300 -D "$PG_DIR/data" \
		-l "$PG_DIR/log" start
}

pg_ctl_stop() {
	pg_as "$PG_BIN/pg_ctl" -s -w -t 300 -D "$PG_DIR/data" \
		-m "${1:-immediate}" stop
}

pg_start() {
	PG_BIN=$(pg_bin)
	if [ -z "$PG_BIN" ]; then
		echo "skipped ${0##*/}: there is no PostgreSQL server here"
		exit 77
	fi
	PG_OS=postgres
	id -u "$PG_OS" >/dev/null 2>&1 || PG_OS=nobody
	PG_DIR=$(mktemp -d /tmp/encl-pg.XXXXXX)
	[ "$(id -u)" -ne 0 ] || chown "$PG_OS" "$PG_DIR"
	trap pg_stop EXIT
	trap 'exit 1' INT TERM HUP
	pg_as "$PG_BIN/initdb" -D "$PG_DIR/data" -U postgres -A trust -N \
		-E UTF8 --locale=C --no-instructions >"$PG_DIR/initdb.log" 2>&1 ||
		{ cat "$PG_DIR/initdb.log"; exit 1; }
	cat >>"$PG_DIR/data/postgresql.conf" <<-EOF
	listen_addresses = ''
	unix_socket_directories = '$PG_DIR'
	max_connections = 120
	timezone = 'UTC'
	${PG_CONF:-}
	EOF
	export PGHOST="$PG_DIR" PGPORT=5432 PGUSER=postgres PGDATABASE=encl
	export PG_DIR PG_BIN PG_OS
	pg_ctl_start || { cat "$PG_DIR/log"; exit 1; }
	if [ -n "${PG_TABLES:-}" ]; then
		"$PG_BIN/psql" -Xq -d postgres \
			-c "CREATE TABLESPACE here LOCATION '$PG_TABLES'"
	fi
	"$PG_BIN/createdb" ${PG_TABLES:+-D here} encl
}

pg_stop() {
	[ -n "${PG_DIR:-}" ] || return 0
	pg_ctl_stop immediate 2>/dev/null
	rm -rf "$PG_DIR"
	PG_DIR=
}
