#!/bin/sh
# SPDX-License-Identifier: ISC
# A chain that witnesses watch, through encl: how it is made, what a reader
# demands, and what each lie of a server comes to.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/witness.sh
. tests/lib/cli.sh
cli_start_witnessed 3

for k in a g h i; do
	encl key generate $k.key --name $k || fail "key $k"
done
pcrs 01 02 03 >v1.json
pcrs 04 05 06 >v2.json
pcrs 07 08 09 >v3.json
printf 'name: store\nimage: r.example.org/store:1\n' >store.yaml
for name in 'a b' a+b a/b exämple.org; do
	if ENCLD_LOG_NAME=$name "$B/bin/encld" check-config >out 2>err; then
		fail "a log called $name"
	else
		says "no log is called $name" err 'log_name: '
	fi
done
echo w1 >none
if ENCLD_WITNESSES=$T/none "$B/bin/encld" check-config >out 2>err; then
	fail "witnesses that are none"
else
	says "nor are these witnesses" err "none, line 1"
fi
"$B/bin/encld" check-config >out 2>err && echo "ok - others are" || fail check-config
is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
make="enclave create -f store.yaml --control-key file:a.key --guardian-key file:g.key
	--guardian-key file:h.key --guardian-key file:i.key --min-delay 1s
	--root sim/root.pem --yes"

# how it is made
is "a witness that nobody knows" 2 usage -- $make --witness example.net/w9
is "no verifier key" 3 policy_witnesses -- $make --witness example.net/w9+00000000+AAAA
is "a threshold of nobody" 2 usage -- $make --witness-threshold 2
is "one witness twice" 7 would_refuse -- $make --witness example.com/w1 --witness "$(cat w1.vkey)"
is "by name and by key" 0 -- $make --witness example.com/w1 --witness example.com/w2 --witness "$(cat w3.vkey)"
chain=$(cat out)
says "the screen shows the whole key" err "$(cat w2.vkey)"
says "how many it takes" err 'vouching     2 of 3'
says "and the log" err 'log          log.example.com, key'
says "one operator is a risk" err one-witness-operator
is "policy show" 0 -- policy show store
says "says what one witness can do" out 'a witness'
is "and as JSON" 0 -- policy show store -o json
json "the log's verifier key" 'j["log"].startswith("log.example.com/'$chain'+")'
json "and the witnesses'" 'j["witnesses"]["threshold"] == 2 and len(j["witnesses"]["keys"]) == 3'
log=$(python3 -c 'import json; print(json.load(open("out"))["log"])')

# an upgrade with its checkpoints
is "a first release" 0 -- upgrade stage store --pcrs v1.json --key a.key --yes
enclave v1.json
is "takes effect" 0 -- upgrade wait store --timeout 10m
is "a second" 0 -- upgrade stage store --pcrs v2.json --key a.key --yes
enclave v2.json
is "takes effect, in the open" 0 -- upgrade wait store --timeout 10m
is "the enclave" 0 -- enclave show store
says "is shown at the level that was verified" out 'level public'

is "fewer of them" 0 -- policy stage store --witness example.com/w1 --key a.key --dry-run
says "is shown" err 'w2+.*REMOVED'
says "with its risks" err single-witness
is "none of them" 0 -- policy stage store --no-witnesses --key a.key --dry-run
says "is a risk, too" err fewer-witnesses
is "none and some" 2 usage -- policy stage store --no-witnesses --witness example.com/w1 --key a.key --dry-run
is "chain show" 0 -- chain show store
says "says who saw what" out 'seen by example.com/w'
is "the signatures alone" 0 -- chain export store --sshsig sigs

# what a reader demands
soon "a checkpoint" -- chain checkpoint store --max-age 10m
says "who cosigned" out 'cosigned   .*example.com/w[123] 20'
says "and of what" out 'all entries that there are'
is "of the witness itself" 0 -- chain checkpoint store --from "$(cat w1.url)" -o json
json "it says the same" 'len(j["checkpoints"]) == 2 and all(c["code"] == "ok" for c in j["checkpoints"])'
is "export" 0 -- chain export store --file now.chain
verify() { # NAME EXIT CODE ARGS
	name=$1 want=$2 code=$3
	shift 3
	encl chain verify "$@" --root sim/root.pem --pin "$chain" -o json
	rc=$?
	[ $rc -eq "$want" ] && grep -q "\"code\": \"$code\"" out &&
		echo "ok - $name" || fail "$name: exit $rc"
}
verify "public is the default" 0 ok now.chain
json "and named" 'j["level"] == "public"'
verify "fresh from one file, with no network" 0 ok now.chain --level fresh
json "with names and times" 'j["witnesses"]["newest"]["code"] == "ok" and len(j["witnesses"]["newest"]["cosigned"]) >= 2'
soon "a checkpoint that comes another way" -- chain checkpoint store --max-age 10m --out way.note
verify "is as good" 0 ok now.chain --level fresh --checkpoint way.note
"$BUILD/tests/tools/testlog" root seed other.example/log 7 x >other.note
verify "one of another log is not" 3 checkpoint_origin now.chain --level fresh --checkpoint other.note
later=$(date -u -d '+2 hours' +%Y-%m-%dT%H:%M:%SZ)
verify "two hours later it is stale" 3 checkpoint_stale now.chain --level fresh --at "$later"
verify "which the reader may allow" 0 ok now.chain --level fresh --at "$later" --max-age 3h
verify "and is nothing for public" 0 ok now.chain --level public --at "$later"
encl chain verify now.chain --root sim/root.pem --pin "$chain"
says "in plain words" out 'vouched for the newest entry by'
says "with what it does not show" out 'that witnesses are honest'
verify "attested does not look at witnesses" 0 ok now.chain --level attested
says "and says so" out 'their signatures were not verified'
watched() { # NAME EXIT TYPES -- ARGS
	name=$1 want=$2 types=$3
	shift 4
	encl watch "$@" --once -o json
	rc=$?
	got=$(python3 -c 'import json
print(" ".join(json.loads(x)["type"] for x in open("out")))')
	[ $rc -eq "$want" ] && [ "$got" = "$types" ] && echo "ok - $name" ||
		fail "$name: exit $rc, not $want; $got"
}
watched "a watcher asks for it, too" 0 chain.followed -- store --state s --max-age 1h
ls s/*/checkpoints >/dev/null && echo "ok - and keeps it" || fail kept
exit $bad
