# SPDX-License-Identifier: ISC
# A real encld for a test: source this after pg.sh and pg_start.
#   encld_start   migrates, makes a folder, an organisation and its first
#                 token, starts; sets ENCLD_DIR, ENCLD_URL, ENCLD_OPS,
#                 ENCLD_TOKEN, ENCLD_PID
#   encld_stop    ends it; encld_stop KILL kills it
#   signer_run    the process with server-held keys, in ENCLD_DIR/signer; sets
#                 SIGNER_PID; encld_start calls it.  SIGNER_WITH: further options
#   signer_stop   ends it; signer_stop KILL kills it
# ENCLD_ROOTS: files of attestation roots, ':' between.
. tests/lib/wait.sh

encld_settings() {
	export ENCLD_LISTEN="127.0.0.1:$(free_port)"
	export ENCLD_OPS_LISTEN="127.0.0.1:$(free_port)"
	export ENCLD_PUBLIC_URL="http://$ENCLD_LISTEN"
	export ENCLD_DATABASE="host=$PGHOST port=$PGPORT dbname=encl user=encl_app"
	export ENCLD_DATABASE_OWNER="host=$PGHOST port=$PGPORT dbname=encl user=postgres"
	export ENCLD_SIGNER_SOCKET="$ENCLD_DIR/signer.sock"
	export ENCLD_NOTICES_KEY="$ENCLD_DIR/notices"
	export ENCLD_WEBHOOK_NETWORKS="127.0.0.1"
	export ENCLD_SMTP_URL="smtp://127.0.0.1:$(free_port)"
	export ENCLD_SMTP_FROM="encl@example.org"
	export ENCLD_LOG_LEVEL=info
	export ENCLD_RATE_READ=0 ENCLD_RATE_WRITE=0
	# windows of seconds, and chains that nobody pinned
	export ENCL_ACCEPT_RISK=short-window,not-compared,not-pinned
	ENCLD_URL=http://$ENCLD_LISTEN ENCLD_OPS=http://$ENCLD_OPS_LISTEN
	export ENCLD_DIR ENCLD_URL ENCLD_OPS
}

# It is ready, or has ended.
encld_answers() {
	! kill -0 "$ENCLD_PID" 2>/dev/null || python3 -c 'import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/readyz")' "$ENCLD_OPS" 2>/dev/null
}

# It asks witnesses and tells webhooks itself, whatever proxy somebody's
# environment names: nobody listens at this one.
encld_run() {
	no_proxy= NO_PROXY= http_proxy=http://127.0.0.1:1 \
		ALL_PROXY=http://127.0.0.1:1 \
		"${BUILD:-build}/bin/encld" run 2>>"$ENCLD_DIR/log" &
	ENCLD_PID=$!
	comes encld_answers && kill -0 $ENCLD_PID 2>/dev/null && return
	cat "$ENCLD_DIR/log"
	return 1
}

# signer COMMAND [OPTIONS]: encl-signer with this test's folder and secret.
signer() {
	command=$1
	shift
	"${BUILD:-build}/bin/encl-signer" "$command" --dir "$ENCLD_DIR/signer" \
		--master "$ENCLD_DIR/master" "$@"
}

# It has said that it is ready, or has ended.
signer_answers() {
	! kill -0 "$SIGNER_PID" 2>/dev/null ||
		grep -qs "\"pid\":\"$SIGNER_PID\"" "$ENCLD_DIR/signer.log"
}

# The environment names roots as encld takes them.
signer_run() {
	set -- --socket "$ENCLD_SIGNER_SOCKET" --rate 0 --key-rate 0 \
		${SIGNER_WITH:-}
	for root in $(echo "${ENCLD_ROOTS:-}" | tr : ' '); do
		set -- "$@" --root "$root"
	done
	"${BUILD:-build}/bin/encl-signer" run --dir "$ENCLD_DIR/signer" \
		--master "$ENCLD_DIR/master" "$@" 2>>"$ENCLD_DIR/signer.log" &
	SIGNER_PID=$!
	comes signer_answers && kill -0 $SIGNER_PID 2>/dev/null && return
	cat "$ENCLD_DIR/signer.log"
	return 1
}

signer_stop() {
	[ -n "${SIGNER_PID:-}" ] && kill -"${1:-TERM}" "$SIGNER_PID" 2>/dev/null &&
		wait "$SIGNER_PID" 2>/dev/null
	SIGNER_PID=
}

encld_start() {
	ENCLD_DIR=$(mktemp -d /tmp/encl-d.XXXXXX)
	trap 'encld_stop; pg_stop' EXIT
	encld_settings
	"${BUILD:-build}/bin/encl-signer" keygen "$ENCLD_DIR/master" &&
		"${BUILD:-build}/bin/encld" notices keygen "$ENCLD_NOTICES_KEY" &&
		signer init && signer_run || return 1
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
	[ "${1:-TERM}" = KILL ] || signer_stop
	[ "${1:-TERM}" = KILL ] || rm -rf "${ENCLD_DIR:-}"
}
