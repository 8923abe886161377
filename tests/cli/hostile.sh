#!/bin/sh
# SPDX-License-Identifier: ISC
# encl against a server that lies: other chains, missing tails, escape
# sequences, redirects, floods.  Nothing it says may be believed or obeyed.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
top=$PWD
. tests/lib/wait.sh
T=$(mktemp -d) || exit 1
pids=
stop() {
	[ -z "$pids" ] || kill $pids 2>/dev/null
	rm -rf "$T"
}
trap stop EXIT
"$B/tests/tools/chain_file" "$T" || exit 1
cd "$T" || exit 1
. ./names
bad=0

serve() { # FOLDER: starts one, sets url
	mkdir -p "$1"
	cp ./*.cbor "$1"
	python3 "$top/tests/cli/hostile_server.py" "$1" &
	pids="$pids $!"
	comes test -f "$1/port"
	url=http://127.0.0.1:$(cat "$1/port")
}
serve liar
liar=$url
serve thief
thief=$url

encl() {
	env -i HOME="$T" PATH="$PATH" ENCL_SERVER="$liar" ENCL_TOKEN=encl_pat_secret \
		$VARS setsid -w "$B/bin/encl" "$@" >out 2>err </dev/null
}
VARS=
fail() {
	echo "not ok - $1"
	cat -v out err | sed 's/^/# /'
	bad=1
}
is() { # NAME MODE EXIT CODE -- ARGS...
	name=$1 want=$3 code=$4
	echo "$2" >liar/mode
	shift 5
	encl "$@"
	rc=$?
	if [ $rc -ne "$want" ]; then
		fail "$name: exit $rc, not $want"
	elif [ "$code" != ok ] && ! grep -q "code\"*: *\"*$code" err; then
		fail "$name: not code $code"
	elif LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" out err ||
		LC_ALL=C grep -q "$(printf '\342\200\256\|\302\233')" out err; then
		fail "$name: a control character came through"
	else
		echo "ok - $name"
	fi
}

# the chain behind a name
root="--root $T/root.der"
is "no root is trusted but AWS's" "chain good.cbor $chain" 3 root_foreign -- enclave show store
[ ! -e .local/state/encl/pins.yaml ] && echo "ok - and nothing is pinned" ||
	fail pins
is "seen first, and pinned" "chain good.cbor $chain" 0 ok -- enclave show store $root
is "the root is remembered with the pin" "chain good.cbor $chain" 0 ok -- enclave show store
other=$(printf '%064d' 7)
is "the name stands for another chain" "chain other.cbor $other" 3 pin_mismatch -- enclave show store
is "another chain under the pinned id" "chain other.cbor $chain" 3 pin_mismatch -- enclave show store $root
is "the tail is gone" "chain short.cbor $chain" 3 pin_missing -- enclave show store
is "one bit of it is wrong" "chain spoilt.cbor $chain" 3 doc_sig -- enclave show store
is "it says debug, and so does a document" "debug debug.cbor $chain" 3 doc_debug -- enclave show store
is "it says debug over a forged document" "debug spoilt.cbor $chain" 3 doc_sig -- enclave show store
is "nothing at all" "empty" 3 chain_empty -- enclave show store
is "it is right again" "chain good.cbor $chain" 0 ok -- enclave show store
is "nothing is signed for a swapped chain" "chain other.cbor $other" 3 pin_mismatch -- upgrade revoke store --reason x --yes
is "nor for one without its tail" "chain short.cbor $chain" 3 pin_missing -- upgrade revoke store --reason x --yes
draft=$(printf '%032d' 5)
is "a draft for another enclave than the one that was named" "draft other.cbor $other_id $chain" 3 chain_foreign -- upgrade sign $draft store $root --dry-run
if grep -q POST liar/asked; then fail "something was sent"; else echo "ok - nothing was sent"; fi

# what it says of its keys
is "a key with the name that was asked for" "key deploy" 0 ok -- key show server:deploy
is "another key than the one that was asked for" "key root" 8 answer_bad -- key show server:deploy
is "it makes the key that was asked for" "key deploy" 0 ok -- key generate server:deploy
is "another one" "key root" 8 answer_bad -- key generate server:deploy
is "keys on several pages" "pages 3" 0 ok -- key list
[ "$(grep -c '^server:p[012] ' out)" -eq 3 ] && echo "ok - all of them" || fail pages
is "a list without an end" "pages 1000000" 8 answer_bad -- key list
is "a name that would be a line of its own" "key a+ssh-agent:SHA256:x" 8 answer_bad -- key list

# what it says to the terminal
is "escape sequences in a problem" "escape" 5 not_found -- enclave list
is "the same in JSON" "escape" 5 not_found -- enclave list -o json
is "escape sequences in data" "escape_list" 0 ok -- enclave list
is "the same in JSON" "escape_list" 0 ok -- enclave list -o json
is "the same in YAML" "escape_list" 0 ok -- enclave list -o yaml
is "a page of a proxy" "page 502" 8 network -- enclave list
is "a page that says 200" "page 200" 8 answer_bad -- enclave list

# what it wants
is "a redirect is not followed" "redirect $thief/v1/whoami" 8 answer_bad -- whoami
[ ! -e thief/asked ] && echo "ok - the token went nowhere else" || fail "thief was asked"
is "a flood" "huge" 8 answer_bad -- enclave list
is "a deep answer" "deep" 8 answer_bad -- enclave list
is "a code that nobody knows" "code frobnicated" 1 unknown_code -- enclave list
is "a problem that says ok" "code ok" 8 answer_bad -- enclave list

# a statement that somebody sent, and no chain to compare it with
echo "a passphrase" >pass && chmod 600 pass
VARS=ENCL_PASSPHRASE_FILE=pass
is "a key" "empty" 0 ok -- key generate file:a.key --name a
is "another" "empty" 0 ok -- key generate file:b.key --name b
kid=$("$B/bin/encl" key show file:a.key -o json | sed -n 's/.*"kid": *"\([0-9a-f]*\)".*/\1/p')
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$top/tests/api" python3 -c 'import sys, cbor
chain, kid = (bytes.fromhex(x) for x in sys.argv[1:])
p = cbor.encode({"kind": "revoke", "reason": "no", "chain": chain, "stage": b"\7" * 32})
sys.stdout.buffer.write(cbor.statement(p, [[1, kid, b"\5" * 64]]))' "$chain" "$kid" >forged.st
is "it says that another has signed" "empty" 0 ok -- upgrade sign forged.st --key file:b.key --dry-run
grep -q "signed by.*NOT VERIFIED" err && echo "ok - and it is said that nobody knows" || fail "signed by"
is "it says that you have" "empty" 3 sig_ -- upgrade sign forged.st --key file:a.key --yes --accept-risk not-compared
VARS=

# passing failures
rm -f liar/left liar/asked
is "busy twice, then well" "busy 2" 0 ok -- whoami
rm -f liar/left liar/asked
is "busy for longer" "busy 9" 8 busy -- whoami
[ "$(grep -c whoami liar/asked)" -eq 3 ] && echo "ok - asked three times" ||
	fail "asked $(grep -c whoami liar/asked) times"
rm -f liar/left liar/asked
is "a token is made once or not at all" "busy 1" 8 busy -- token create t --scope agent
[ "$(grep -c tokens liar/asked)" -eq 1 ] && echo "ok - asked once" || fail "asked again"

# a stored token belongs to its server
rm -f liar/left liar/asked
echo "busy 0" >liar/mode
echo encl_pat_stored >tok
env -i HOME="$T" PATH="$PATH" "$B/bin/encl" login --server "$liar" --token-file tok >out 2>err ||
	fail login
echo "busy 0" >thief/mode
rm -f thief/left
env -i HOME="$T" PATH="$PATH" "$B/bin/encl" whoami --server "$thief" >out 2>err
env -i HOME="$T" PATH="$PATH" ENCL_SERVER="$thief" "$B/bin/encl" whoami >out 2>err
printf 'server: %s\n' "$thief" >.encl.yaml
env -i HOME="$T" PATH="$PATH" "$B/bin/encl" whoami >out 2>err
env -i HOME="$T" PATH="$PATH" ENCL_TOKEN=encl_pat_env "$B/bin/encl" whoami >out 2>err
if grep -q encl_pat thief/asked; then
	cp thief/asked out
	fail "a token went to another server"
else
	echo "ok - a token goes to its own server only"
fi
exit $bad
