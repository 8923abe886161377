#!/bin/sh
# SPDX-License-Identifier: ISC
# Policies in use, on a real encld with a simulated enclave: revocations that
# were signed ahead, changes of keys that several people sign, and keys that do
# not count.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
. tests/lib/pg.sh
. tests/lib/encld.sh
. tests/lib/cli.sh
cli_start

pcrs a1 b1 c1 >v1.json
pcrs a2 b1 c2 >v2.json
for k in a b c g h i n; do
	encl key generate $k.key --name ops-$k || fail "key $k"
	cp out $k.pub
done
printf 'name: store\nimage: registry.example.org/store:1\n' >store.yaml
is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
is create 0 -- enclave create -f store.yaml --control-key file:a.key \
	--control-key file:b.key --control-key @c.pub --threshold 2 \
	--guardian-key @g.pub --guardian-key @h.pub --guardian-key @i.pub \
	--min-delay 1s --root sim/root.pem --yes
chain=$(cat out)
is "the first release" 0 -- upgrade stage store --pcrs v1.json --key a.key --key b.key --version 1.0 --yes
enclave v1.json
is "in force" 0 -- upgrade wait store --timeout 60s

# A guardian who has a file and nothing else: another home, no login and,
# where the system lets us, no network at all.
away="unshare -rn"
$away true 2>/dev/null || { echo "skipped no network: unshare -rn does not work here"; away=; }

is "a stage is signed" 0 -- upgrade stage store --pcrs v2.json --key a.key --key b.key --version 2.0 --activate-after 30s --sign-only st --yes
WHO=away BEFORE=$away is "its revocation is signed from the stage's bytes" 0 -- upgrade revoke --stage-file st --reason "in case" --key g.key --sign-only stop --yes
says "which release it is about" err 'the stage is version 2.0'
says "that nothing was compared" err 'NOT COMPARED'
says "who can send it" err 'with no account'
VARS= is "without its reason nothing is asked" 2 usage -- upgrade revoke --stage-file st --key g.key --sign-only never --yes
is "a file that holds no stage" 2 usage -- upgrade revoke --stage-file stop --reason x --key g.key --sign-only never --yes
is "a file that holds nothing" 3 -- upgrade revoke --stage-file store.yaml --reason x --key g.key --sign-only never --yes
WHO=away is "too early for it" 6 nothing_staged -- upgrade submit stop --server "$ENCLD_URL"
is "the stage is sent" 0 -- upgrade submit st
is export 0 -- chain export store --file ch
WHO=away BEFORE=$away is "another guardian has the chain as a file" 0 -- upgrade revoke --chain ch --root sim/root.pem --reason "also" --key h.key --sign-only stop2 --yes
says "compared" err 'verified here'
VARS= WHO=away is "a key without a part in it" 7 -- upgrade revoke --chain ch --root sim/root.pem --reason "also" --key n.key --sign-only never --yes
VARS= is "a chain file is for what is not sent" 2 usage -- upgrade revoke --chain ch --reason x --key g.key --yes
WHO=away is "anybody sends what was kept" 0 -- upgrade submit stop --server "$ENCLD_URL"
is "upgrade list" 0 -- upgrade list store -o json
json "the stage is revoked" '[i["status"] for i in j["items"]] == ["in force", "revoked"]'
WHO=away is "the other is kept and shown" 0 -- upgrade submit stop2 --server "$ENCLD_URL"
says "that it is too late" err 'too late to enter the chain'
WHO=away is "but nobody stages without a token" 4 token_missing -- upgrade submit st --server "$ENCLD_URL"

# Keys that do not count, told before a passphrase is asked.
VARS=
is "a stranger" 7 would_refuse -- upgrade stage store --pcrs v2.json --key a.key --key b.key --key n.key --yes
says "which" err 'n.key (SHA256:.*) is not in the policy of store'
is "a stranger, by file" 7 would_refuse -- upgrade stage store --pcrs v2.json --key n.key --sign-only never --yes
is "a guardian alone" 7 authority -- upgrade stage store --pcrs v2.json --key g.key --yes
says "what it is" err 'g.key (SHA256:.*) is a guardian: it stops things and stages nothing'
is "a guardian beside two control keys" 7 would_refuse -- upgrade stage store --pcrs v2.json --key a.key --key b.key --key g.key --yes
says "what it would take" err 'majority of the guardians (2 of 3)'
is "one key twice is not two" 7 authority -- upgrade stage store --pcrs v2.json --key a.key --key file:a.key --yes
says "that it counts once" err 'file:a.key is the key of a.key, and counts once'
is "a control key as guardian too" 7 would_refuse -- policy stage store --add-guardian-key @a.pub --key a.key --key b.key --yes
says "why" err 'policy_roles'
is "a threshold that cannot be" 7 would_refuse -- policy stage store --remove-control-key ops-a --remove-control-key ops-b --key a.key --key b.key --yes
says "why" err 'policy_threshold'
VARS="ENCL_PASSPHRASE_FILE=$T/pass"
is "one key twice beside another" 0 -- upgrade stage store --pcrs v2.json --key a.key --key a.key --key b.key --yes
is "revoke it" 0 -- upgrade revoke store --reason "enough" --key g.key --yes

# Who can do what.
is "policy show" 0 -- policy show store
says "who stages" out 'stages a release *2 of ops-a, ops-b, ops-c'
says "who backs" out 'backs a change *2 of ops-g, ops-h, ops-i'
says "what a lost key means" out 'a control key *1 may be lost'
says "a risk by its name" out 'short-window *The window can be shorter'
[ "$(awk 'length > 80' out | wc -l)" -eq 0 ] && echo "ok - it fits a terminal" || fail "long lines"
is "policy show for programs" 0 -- policy show store -o json
json "how many keys of each role it takes" 'j["roles"]["control"] == {"keys": 3, "needed": 2, "may_be_lost": 1} and j["roles"]["guardians"]["needed"] == 2'
json "the risks by name" '{r["name"] for r in j["risks"]} == {"short-window", "no-floor"} and j["frozen"] is False'
json "the sentences" '{s["part"] for s in j["says"]} == {"who", "when", "lost", "stolen"}'
exit $bad
