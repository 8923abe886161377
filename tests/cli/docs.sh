#!/bin/sh
# SPDX-License-Identifier: ISC
# docs/operations.md and docs/auditing.md: every sh block in them runs as it
# stands, but for /etc/encl, addresses and the chain id.  Broken when the pages
# claim what the programs do not do.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
top=$PWD
. tests/lib/pg.sh
. tests/lib/encld.sh
T=$(mktemp -d /tmp/encl-docs.XXXXXX) || exit 1
pg_start
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid"; wait "$pid"; }
	pid=
}
trap 'stop; pg_stop; rm -rf "$T"' EXIT
"$PG_BIN/dropdb" encl
mkdir "$T/etc" "$T/desk"
cd "$T/desk" || exit 1
listen=127.0.0.1:$(free_port) ops=127.0.0.1:$(free_port)
export PATH="$B/bin:$PG_BIN:$PATH" HOME="$T" ENCL_YES=1
export ENCL_SERVER="http://$listen" ENCL_TOKEN_FILE="$T/desk/first.token"
id=CHAINID ran=0

# section FILE HEADING: its sh blocks, as one script
section() {
	awk -v heading="## $2" '/^## / { on = $0 == heading }
		/^```/ { sh = on && $0 == "```sh"; next } sh' "$top/docs/$1" |
		sed -e "s|/etc/encl|$T/etc|g" -e "s|/var/lib/encl-signer|$T/signer|g" \
			-e "s|/run/encl-signer/socket|$T/socket|g" \
			-e "s|127.0.0.1:8420|$listen|g" \
			-e "s|127.0.0.1:8421|$ops|g" -e "s|CHAINID|$id|g" \
			-e "s|https://encl.example.org|$ENCL_SERVER|g" >script
	if [ -s script ] && sh -ex ./script >out 2>&1; then
		echo "ok - $1, $2"
		ran=$((ran + 1))
	else
		echo "not ok - $1, $2"
		sed 's/^/# /' out
		exit 1
	fi
}
serve() {
	encld run -c "$T/etc/encld.yaml" 2>>"$T/log" &
	pid=$!
	comes curl -sf -o /dev/null "http://$ops/readyz" && return
	cat "$T/log"
	exit 1
}

section operations.md "First start"
serve
section operations.md "Keys that the server holds"
section operations.md "The enclave and its agent"
ENCL_TOKEN_FILE=agent.token encl whoami | grep -q '^scopes   agent$' || {
	echo "not ok - the agent's token may do more"
	exit 1
}
section operations.md "Watching it"

# A chain to audit: one stage pending, and a revocation that is a file.
echo 'correct horse battery' >pass
export ENCL_PASSPHRASE_FILE=pass
v=$(printf 'a1%.0s' $(seq 48))
echo "{\"PCR0\":\"$v\",\"PCR1\":\"$v\",\"PCR2\":\"$v\"}" >v1.json
printf 'name: payments\nimage: r/p:1\n' >enclave.yaml
{
	encl key generate ops.key && encl key generate guardian.key &&
		encl enclave create -f enclave.yaml --control-key file:ops.key \
			--guardian-key file:guardian.key >chain &&
		encl upgrade stage payments --pcrs v1.json --key ops.key &&
		encl upgrade revoke payments --reason "not ours" \
			--key guardian.key --sign-only stop.statement
} >out 2>&1 || { cat out; exit 1; }
id=$(cat chain)
section auditing.md "2. Fetch and verify"
section auditing.md "3. Come back later"
section auditing.md "4. Follow it"
section auditing.md "6. While an upgrade is pending"
grep -q 'HELD' out && echo "ok - the stage is held" || exit 1
"$B/tests/tools/attestor" root 0 >maker-roots.pem
section auditing.md "7. Where the keys live"
section auditing.md "8. Without our program"

stop
section operations.md "Backup and restore"
serve
[ "$(encl chain head payments -o json | grep -c '"seq": 1')" = 1 ] &&
	echo "ok - the chain is back" || exit 1
[ "$ran" -eq "$(cat "$top/docs/operations.md" "$top/docs/auditing.md" |
	awk '/^## / { n += had; had = 0 } /^```sh$/ { had = 1 }
		END { print n + had }')" ] || {
	echo "not ok - a section of the pages was not run"
	exit 1
}
