# SPDX-License-Identifier: ISC
# Scripts that use encl as a person does, on a real server: source this in the
# tree's top folder.  BUILD, and B for short, is then an absolute path.
#   cli_start    PostgreSQL, encld, a folder T to work in, the simulator's root
#                sim/root.pem, a passphrase file pass and a token file token;
#                top is the tree
#   cli_start_witnessed N    the same with the log log.example.com, and N witnesses
#                of it; after witness.sh, which says what they leave in T
#   cli_stop     ends all of it and shows logs where something failed
#   encl ARGS    runs encl with the home of $WHO and the environment $VARS;
#                stdout and stderr go to the files out and err
#   pcrs A B C >FILE    measurements
#   enclave FILE        code that has them, and its agent; $url is where it is
#   runtime KIND FILE   the same behind the interfaces of enclaver or evervault,
#                       which are at $api; fake_runtime NAME FILE [FAULT] has
#                       these alone
#   watched NAME EXIT TYPES -- ARGS    these events of encl watch and no others, in
#                                      this order
#   started FILE PATTERN    waits until a child has printed that
#   soon NAME -- ARGS       encl succeeds, as it may not at once
#   hold, go_on             the agents stand still, so that nothing of what they
#                           bring comes, however long this takes; and go on
# and what pg.sh, encld.sh and expect.sh have.
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
export BUILD
B=$BUILD
. tests/lib/pg.sh
. tests/lib/encld.sh
. tests/lib/expect.sh
children= agents=

cli_start() {
	top=$PWD
	T=$(mktemp -d) || exit 1
	# The simulator makes its root, then finds that it cannot listen.
	"$BUILD/bin/encl-countersign" --chain "$(printf '%064d' 0)" \
		--nsm "sim:$T/sim" --root "$T/sim/root.pem" --listen none \
		>/dev/null 2>&1
	export ENCLD_ROOTS="$T/sim/root.pem"
	pg_start
	encld_start || exit 1
	trap cli_stop EXIT
	cd "$T" || exit 1
	umask 077
	echo 'correct horse battery' >pass
	echo "$ENCLD_TOKEN" >token
	VARS="ENCL_PASSPHRASE_FILE=$T/pass"
}

cli_start_witnessed() {
	[ -x "$BUILD/bin/encl-witness" ] || {
		echo "skipped ${0##*/}: there is no encl-witness here"
		exit 77
	}
	export ENCLD_LOG_NAME=log.example.com
	cli_start
	# The witnesses have to know the log's key, and the server where they are.
	key=$(python3 -c 'import json, sys, urllib.request
print(json.load(urllib.request.urlopen(sys.argv[1]))["log"]["key"])' \
		"$ENCLD_URL/.well-known/encl")
	echo "prefix $ENCLD_LOG_NAME+$key" >logs
	for n in $(seq "$1"); do
		witness_make $n && witness_run $n --logs logs || exit 1
		children="$children $WITNESS_PID"
		echo "$(cat w$n.vkey) $WITNESS_URL" >>witnesses
	done
	export ENCLD_WITNESSES="$T/witnesses"
	kill "$ENCLD_PID" && wait "$ENCLD_PID"
	cd "$top" && encld_run && cd "$T" || exit 1
}

cli_stop() {
	go_on 2>/dev/null
	[ -z "$children" ] || kill $children 2>/dev/null
	[ $bad -eq 0 ] || tail -n 40 "$ENCLD_DIR/log" "$T"/agent.lo[g]
	encld_stop
	pg_stop
	rm -rf "$T"
}

# BEFORE: a command that encl runs below, such as unshare.
encl() {
	env -i HOME="$T/${WHO:-home}" PATH="$PATH" \
		ENCL_ACCEPT_RISK="$ENCL_ACCEPT_RISK" $VARS setsid -w \
		${BEFORE:-} "$BUILD/bin/encl" "$@" >out 2>err </dev/null
}
pcrs() {
	python3 -c 'import json, sys
print(json.dumps({"Measurements": {"HashAlgorithm": "Sha384 { ... }",
	**{"PCR%d" % i: v * 48 for i, v in enumerate(sys.argv[1:])}}}))' "$@"
}
soon() {
	name=$1
	shift 2
	comes encl "$@" && echo "ok - $name" || fail "$name"
}
started() {
	comes grep -qs -- "$2" "$1" || fail "$1 did not start"
}
# serve NSM ARGS: encl-countersign with that module, and its agent, which gets
# to it in its own time
serve() {
	port=$(free_port)
	nsm=$1
	shift
	url=tcp:127.0.0.1:$port
	"$BUILD/bin/encl-countersign" --chain "$chain" --nsm "$nsm" \
		--root "$T/sim/root.pem" --listen "$url" "$@" >>enclave.log 2>&1 &
	children="$children $!"
	"$BUILD/bin/encl-agent" --server "$ENCLD_URL" --token-file "$T/token" \
		--enclave "$url" >>agent.log 2>&1 &
	children="$children $!"
	agents="$agents $!"
}
stopped() { [ "$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat")" = T ]; }
hold() {
	for a in $agents; do
		kill -STOP $a && comes stopped $a || fail "an agent goes on"
	done
}
go_on() {
	[ -z "$agents" ] || kill -CONT $agents
}
enclave() {
	serve "sim:$T/sim" --sim-pcrs "$1"
}
fake_runtime() {
	rm -f "$1.port" # of one that was there before
	python3 "$top/tests/cli/runtime_fake.py" "$BUILD/tests/tools/nsm_doc" \
		"$T/sim" "$2" ${3:-} >"$1.port" 2>"$1.err" &
	children="$children $!"
	started "$1.port" .
	api=http://127.0.0.1:$(cat "$1.port")
}
runtime() {
	fake_runtime "$1" "$2"
	serve "$1:${api##*:}"
}
watched() {
	name=$1 want=$2 types=$3
	shift 4
	encl watch "$@" --once -o json
	rc=$?
	got=$(python3 -c 'import json
print(" ".join(json.loads(x)["type"] for x in open("out")))')
	if [ $rc -eq "$want" ] && [ "$got" = "$types" ]; then
		echo "ok - $name"
	else
		fail "$name: exit $rc, not $want; $got"
	fi
}
