# SPDX-License-Identifier: ISC
# A real encld for a test: source this after pg.sh and pg_start.
#   encld_start   migrates, makes a folder, an organisation and its first
#                 token, starts; sets ENCLD_DIR, ENCLD_URL, ENCLD_OPS,
#                 ENCLD_TOKEN, ENCLD_PID
#   encld_stop    ends it; encld_stop KILL kills it
# ENCLD_ROOTS: files of attestation roots, ':' between.

encld_free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

encld_settings() {
	export ENCLD_LISTEN="127.0.0.1:$(encld_free_port)"
	export ENCLD_OPS_LISTEN="127.0.0.1:$(encld_free_port)"
	export ENCLD_PUBLIC_URL="http://$ENCLD_LISTEN"
	export ENCLD_DATABASE="host=$PGHOST port=$PGPORT dbname=encl user=encl_app"
	export ENCLD_DATABASE_OWNER="host=$PGHOST port=$PGPORT dbname=encl user=postgres"
	export ENCLD_KEY_FILE="$ENCLD_DIR/master"
	export ENCLD_LOG_LEVEL=info
	export ENCLD_RATE_READ=0 ENCLD_RATE_WRITE=0
	ENCLD_URL=http://$ENCLD_LISTEN ENCLD_OPS=http://$ENCLD_OPS_LISTEN
	export ENCLD_DIR ENCLD_URL ENCLD_OPS
}

encld_run() {
	"${BUILD:-build}/bin/encld" run 2>>"$ENCLD_DIR/log" &
	ENCLD_PID=$!
	for i in $(seq 100); do
		if python3 -c 'import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/readyz")' "$ENCLD_OPS" 2>/dev/null; then
			return 0
		fi
		kill -0 $ENCLD_PID 2>/dev/null || break
		sleep 0.1
	done
	cat "$ENCLD_DIR/log"
	return 1
}

encld_start() {
	ENCLD_DIR=$(mktemp -d /tmp/encl-d.XXXXXX)
	trap 'encld_stop; pg_stop' EXIT
	encld_settings
	"${BUILD:-build}/bin/encld" keygen "$ENCLD_KEY_FILE" &&
		"${BUILD:-build}/bin/encld" migrate >"$ENCLD_DIR/migrate.log" 2>&1 ||
		{ cat "$ENCLD_DIR/migrate.log"; return 1; }
	ENCLD_TOKEN=$("${BUILD:-build}/bin/encld" org create acme --owner alice) ||
		return 1
	export ENCLD_TOKEN
	encld_run
}

encld_stop() {
	[ -n "${ENCLD_PID:-}" ] && kill -"${1:-TERM}" "$ENCLD_PID" 2>/dev/null &&
		wait "$ENCLD_PID" 2>/dev/null
	ENCLD_PID=
	[ "${1:-TERM}" = KILL ] || rm -rf "${ENCLD_DIR:-}"
}
