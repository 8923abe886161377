#!/bin/sh
# SPDX-License-Identifier: ISC
# Two of three control keys of three kinds (a file, a PIV card, a FIDO2 token
# behind ssh-agent) and a guardian in an ssh-agent, on a real server with
# simulated enclaves: staged, vetoed, staged again by others, in force.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
dummy=/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so
[ -e $dummy ] && command -v ssh-agent >/dev/null 2>&1 || {
	echo "skipped keys-mixed: openssh-tests is not installed"
	exit 77
}
[ -e "$B/tests/virtual/libpcsclite.so.1" ] || {
	echo "skipped keys-mixed: there is no virtual PIV card"
	exit 77
}
. tests/lib/pg.sh
. tests/lib/encld.sh
. tests/lib/sshsig.sh
. tests/lib/agent.sh
. tests/lib/expect.sh
T=$(mktemp -d /tmp/encl-mixed.XXXXXX) || exit 1
children=

# The simulator makes its root, then finds that it cannot listen.
"$B/bin/encl-countersign" --chain "$(printf '%064d' 0)" --nsm "sim:$T/sim" \
	--root "$T/sim/root.pem" --listen none >/dev/null 2>&1
export ENCLD_ROOTS="$T/sim/root.pem"
pg_start
encld_start || exit 1
stop() {
	[ -z "$children" ] || kill $children 2>/dev/null
	[ $bad -eq 0 ] || tail -n 40 "$ENCLD_DIR/log" "$T/agent.log"
	encld_stop
	pg_stop
	rm -rf "$T"
}
trap stop EXIT
cd "$T" || exit 1

# Each person has a machine, and on it what is theirs.
encl() {
	env -i ENCL_ACCEPT_RISK="$ENCL_ACCEPT_RISK" HOME="$T/$WHO" \
		PATH="$PATH" ENCL_SERVER="$ENCLD_URL" ENCL_TOKEN="$ENCLD_TOKEN" \
		ENCL_ROOT="$T/sim/root.pem" SSH_AUTH_SOCK="$T/$WHO.sock" \
		ENCL_PASSPHRASE_FILE="$T/pass" ENCL_PIN_FILE="$T/pin" \
		LD_LIBRARY_PATH="$B/tests/virtual" VPIV_DIR="$T/card" \
		VPIV_CARDS="$CARDS" VPIV_LOG="$T/card.log" \
		setsid -w "$B/bin/encl" "$@" >out 2>err </dev/null
}
WHO=ops CARDS=17654321:5.7.4
agent() { # WHO KEY...: an ssh-agent with these keys
	sock=$T/$1.sock
	shift
	ssh-agent -D -a "$sock" -P '/usr/lib/*' >/dev/null 2>&1 &
	children="$children $!"
	agent_wait "$sock" || exit 1
	SSH_AUTH_SOCK=$sock SSH_SK_PROVIDER=$dummy ssh-add -q "$@"
}
pcrs() { # A: a measurements file
	v=$(printf "$1%.0s" $(seq 48))
	printf '{"PCR0":"%s","PCR1":"%s","PCR2":"%s"}\n' "$v" "$v" "$v"
}
enclave() { # MEASUREMENTS: run it and its agent
	port=$(free_port)
	"$B/bin/encl-countersign" --chain "$chain" --nsm "sim:$T/sim" \
		--root "$T/sim/root.pem" --sim-pcrs "$1" \
		--listen "tcp:127.0.0.1:$port" >>enclave.log 2>&1 &
	children="$children $!"
	"$B/bin/encl-agent" --server "$ENCLD_URL" --token-file token \
		--enclave "tcp:127.0.0.1:$port" >>agent.log 2>&1 &
	children="$children $!"
}

mkdir ops guardian card
echo 'correct horse battery' >pass
echo 123456 >pin
chmod 600 pass pin
echo "$ENCLD_TOKEN" >token
pcrs a1 >v1.json
pcrs a2 >v2.json
printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml

# four keys of four kinds
is "a key in a file" 0 -- key generate file:ops-1.key --name ops-1
cp out ops-1.pub
is "a key in a PIV card" 0 -- key generate 'piv:slot=9c' --type ecdsa-p256 --name ops-2
cp out ops-2.pub
SSH_SK_PROVIDER=$dummy ssh-keygen -q -t ed25519-sk -O application=ssh:encl \
	-N '' -C ops-3 -f ops-3
agent ops ops-3
ssh-keygen -q -t ed25519 -N '' -C guardian -f guardian-key
agent guardian guardian-key
is "key list has the three" 0 -- key list
says "the card" out '^piv:'
says "the token" out '^ssh-agent:.*ops-3$'

# the beginning, and a first release
is "create" 0 -- enclave create -f enclave.yaml --threshold 2 --min-delay 1s \
	--control-key @ops-1.pub --control-key @ops-2.pub --control-key @ops-3.pub \
	--guardian-key @guardian-key.pub --key file:ops-1.key --key 'piv:slot=9c' \
	--yes
chain=$(cat out)
is "first release, by file and card" 0 -- upgrade stage payments --pcrs v1.json \
	--version 1.0 --key file:ops-1.key --key 'piv:slot=9c' --yes
says "the card keeps no name, and the policy does" err '^signed by ops-2$'
enclave v1.json
is "is in force" 0 -- upgrade wait payments --timeout 10m

# staged, vetoed
CARDS=none
is "without the card, one key is missing" 10 -- upgrade stage payments \
	--pcrs v2.json --version 2.0 --key 'piv:slot=9c' --key ssh-agent:ops-3 --yes
is "and one is not enough" 7 authority -- upgrade stage payments \
	--pcrs v2.json --version 2.0 --key ssh-agent:ops-3 --yes
CARDS=17654321:5.7.4
is "staged by card and token" 0 -- upgrade stage payments --pcrs v2.json \
	--version 2.0 --activate-after 10m --key 'piv:slot=9c' \
	--key ssh-agent:ops-3 --yes
says "the screen says where the keys are" err 'in a FIDO2 token, through an agent'
WHO=guardian CARDS=none
is "the guardian's agent has no control key" 10 key_missing -- key show \
	ssh-agent:ops-3
is "the guardian's key stages nothing" 7 -- upgrade stage payments \
	--pcrs v2.json --version 2.0 --replace --key ssh-agent: --yes
is "the guardian vetoes it" 0 -- upgrade revoke payments \
	--reason "not what we built" --key ssh-agent:guardian --yes
WHO=ops CARDS=17654321:5.7.4
is "upgrade show" 0 -- upgrade show payments
is "the old release stays in force" 0 -- enclave show payments -o json
python3 -c 'import json
s = json.dumps(json.load(open("out")))
assert "a1" * 48 in s and "a2" * 48 not in s' 2>err ||
	fail "v1 is not what is in force"

# staged again, by the other two
is "staged again by file and token" 0 -- upgrade stage payments --pcrs v2.json \
	--version 2.0 --activate-after 2s --key file:ops-1.key \
	--key ssh-agent:ops-3 --yes
enclave v2.json
is "is in force" 0 -- upgrade wait payments --timeout 10m
is "enclave show" 0 -- enclave show payments -o json
python3 -c 'import json
assert "a2" * 48 in json.dumps(json.load(open("out")))' 2>err ||
	fail "v2 is not in force"

# what anybody can check
is "export" 0 -- chain export payments --file payments.encl
is "chain verify" 0 -- chain verify payments.encl --pin "$chain" \
	--root sim/root.pem
is "export for OpenSSH" 0 -- chain export payments --sshsig sigs
# Two of genesis, two of each of three stages, and the guardian's.
sshsig_dir sigs 9 >out 2>&1 && echo "ok - ssh-keygen verifies all 9 signatures" ||
	fail "ssh-keygen"
grep -q ' sk-ssh-ed25519@openssh.com ' sigs/allowed_signers &&
	grep -q ' ecdsa-sha2-nistp256 ' sigs/allowed_signers &&
	[ "$(grep -c ' ssh-ed25519 ' sigs/allowed_signers)" = 2 ] &&
	echo "ok - of three kinds" || fail "allowed_signers"
# GENERAL AUTHENTICATE in slot 9c: one signature is one touch.
[ "$(grep -c ' 0087..9c ' card.log)" = 3 ] &&
	echo "ok - the card was touched once for each of its signatures" ||
	{ cp card.log out; fail "touches"; }
exit $bad
