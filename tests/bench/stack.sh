# SPDX-License-Identifier: ISC
# For bench_*.sh, to be read with `.` in the project's folder: what is measured
# and what it is measured against, all of it on loopback and for this run only.
#   stack_start        a PostgreSQL and an encld without rate limits, quiet
#   stack_appends      tests/bench/appends beside it
#   appends COMMAND    one command to it; prints its answer
. tests/lib/pg.sh
. tests/lib/encld.sh
. tests/bench/figure.sh
B=${BUILD:-build}

# Half of the processors serve, the others ask: never more than two each.
cpus=$(nproc)
if [ "$cpus" -ge 4 ]; then
	SERVER_CPUS=0,1 CLIENT_CPUS=2,3 SERVER_THREADS=2
elif [ "$cpus" -ge 2 ]; then
	SERVER_CPUS=0 CLIENT_CPUS=1 SERVER_THREADS=1
else
	SERVER_CPUS=0 CLIENT_CPUS=0 SERVER_THREADS=1
fi

T=$(mktemp -d /tmp/encl-bench.XXXXXX) || exit 1
pids=
stack_stop() {
	exec 8>&- 9<&-
	# shellcheck disable=SC2086
	[ -z "$pids" ] || { kill $pids; wait $pids; } 2>/dev/null
	encld_stop
	pg_stop
	rm -rf "$T"
}

stack_start() {
	export ENCLD_MAX_CONNECTIONS=20000 ENCLD_MAX_CONNECTIONS_IP=20000
	pg_start
	encld_start || exit 1
	trap stack_stop EXIT
	# What encld_start chose for tests says a line for each append.
	if [ "$ENCLD_LOG_LEVEL" != warning ]; then
		export ENCLD_LOG_LEVEL=warning
		stack_again
	fi
}

stack_again() {
	kill "$ENCLD_PID"
	wait "$ENCLD_PID"
	encld_run || exit 1
}

stack_appends() {
	mkfifo "$T/in" "$T/out"
	"$B/tests/bench/appends" "$ENCLD_LISTEN" "$ENCLD_TOKEN" \
		<"$T/in" >"$T/out" &
	pids="$pids $!"
	exec 8>"$T/in" 9<"$T/out"
}

appends() {
	echo "$*" >&8
	read -r answer <&9 || { echo "# appends $*: no answer" >&2; exit 1; }
	echo "$answer"
}

# pin CPUS PID: all threads of that process.
pin() {
	taskset -acp "$1" "$2" >/dev/null
}

# wait_port PORT: until somebody listens there.
wait_port() {
	for _ in $(seq 100); do
		python3 -c 'import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$1" 2>/dev/null &&
			return
		sleep 0.1
	done
	echo "# nobody listens on port $1" >&2
	exit 1
}

# wrk_per_second URL SECONDS
wrk_per_second() {
	taskset -c "$CLIENT_CPUS" wrk -t "$SERVER_THREADS" -c 64 -d "$2s" "$1" \
		>"$T/wrk" 2>&1
	if grep -q 'Non-2xx\|Socket errors' "$T/wrk"; then
		sed 's/^/# /' "$T/wrk" >&2
	fi
	sed -n 's/^Requests\/sec: *//p' "$T/wrk"
}

missing() {
	for p in "$@"; do
		command -v "$p" >/dev/null || { echo "# there is no $p here"; exit 0; }
	done
}
