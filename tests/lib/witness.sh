# SPDX-License-Identifier: ISC
# Witnesses for a test: source this.  T is a folder to work in.
#   witness_make N           a key and a record, T/wN.key and T/wN; its vkey in
#                            T/wN.vkey
#   witness_run N [OPTIONS]  starts it on a free port; sets WITNESS_URL and
#                            WITNESS_PID, and keeps them in T/wN.url, T/wN.pid;
#                            WITNESS_ENV: variables of its environment
#   witness_stop N [SIGNAL]  ends it
. tests/lib/wait.sh

witness_make() {
	"$BUILD/bin/encl-witness" keygen --name "example.com/w$1" \
		--key "$T/w$1.key" --state "$T/w$1" >"$T/w$1.vkey"
}

# It has said at which port, or has ended.
witness_answers() {
	port=$(sed -n 's/.*"event":"ready".*"port":"\([0-9]*\)".*/\1/p' \
		"$T/w$witness.now")
	[ -n "$port" ] || ! kill -0 $WITNESS_PID 2>/dev/null
}

witness_run() {
	witness=$1
	shift
	: >"$T/w$witness.now"
	env ${WITNESS_ENV:-} "$BUILD/bin/encl-witness" run --key "$T/w$witness.key" \
		--state "$T/w$witness" --listen 127.0.0.1:0 "$@" \
		2>"$T/w$witness.now" &
	WITNESS_PID=$!
	echo $WITNESS_PID >"$T/w$witness.pid"
	comes witness_answers
	WITNESS_URL=http://127.0.0.1:$port
	echo "$WITNESS_URL" >"$T/w$witness.url"
	[ -n "$port" ] || { cat "$T/w$witness.now"; return 1; }
}

witness_stop() {
	pid=$(cat "$T/w$1.pid" 2>/dev/null) && kill -"${2:-TERM}" "$pid" &&
		wait "$pid"
	rc=$?
	rm -f "$T/w$1.pid"
	cat "$T/w$1.now" >>"$T/w$1.log" 2>/dev/null
	return $rc
}
