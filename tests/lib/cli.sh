# SPDX-License-Identifier: ISC
# Scripts that use encl as a person does, on a real server: source this after
# pg.sh and encld.sh.
#   cli_start    PostgreSQL, encld, a folder T to work in, the simulator's root
#                sim/root.pem, a passphrase file pass and a token file token
#   cli_stop     ends all of it and shows logs where something failed
#   encl ARGS    runs encl with the home of $WHO and the environment $VARS;
#                stdout and stderr go to the files out and err
#   pcrs A B C >FILE    measurements; enclave FILE    code that has them
# and what tests/lib/expect.sh has.
. tests/lib/expect.sh
children=

cli_start() {
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

cli_stop() {
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
enclave() {
	port=$(encld_free_port)
	"$BUILD/bin/encl-countersign" --chain "$chain" --nsm "sim:$T/sim" \
		--root "$T/sim/root.pem" --sim-pcrs "$1" \
		--listen "tcp:127.0.0.1:$port" >>enclave.log 2>&1 &
	children="$children $!"
	"$BUILD/bin/encl-agent" --server "$ENCLD_URL" --token-file token \
		--enclave "tcp:127.0.0.1:$port" >>agent.log 2>&1 &
	children="$children $!"
}
