#!/bin/sh
# SPDX-License-Identifier: ISC
# Policies in use, on a real encld with a simulated enclave: revocations that
# were signed ahead, changes of keys that several people sign, and keys that do
# not count.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/cli.sh
. tests/lib/agent.sh
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
is "in force" 0 -- upgrade wait store --timeout 10m

is "a guardian's key beside a control key" 0 -- enclave create -f store.yaml --control-key file:a.key --control-key @b.pub --threshold 1 --guardian-key file:g.key --dry-run
says "is a risk" err 'risk *guardian-beside-control'
is "its public half alone" 0 -- enclave create -f store.yaml --control-key file:a.key --control-key @b.pub --threshold 1 --guardian-key @g.pub --dry-run
silent "is none" err 'guardian-beside-control'

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

# A key is enrolled by whoever holds it.
VARS=
is "enrol" 0 -- key enroll g.key --name "guardian of ops" --out g.line
says "its fingerprint" err 'SHA256:'
is "the line" 0 -- key show @g.line -o json
json "has the name and the key" 'j["name"] == "guardian of ops" and j["key"].split()[:2] == open("g.pub").read().split()[:2]'
is "a file is never written over" 6 file_exists -- key enroll g.key --out g.line
is "enrol to stdout, for programs" 0 -- key enroll g.key -o json
json "nothing was signed" 'j["tested"] is False'
is "a test needs what the key needs" 10 passphrase_missing -- key enroll g.key --test --out never
[ ! -e never ] && echo "ok - and writes nothing without" || fail never
VARS="ENCL_PASSPHRASE_FILE=$T/pass"
is "a key that signs" 0 -- key enroll g.key --test
says "said so" err 'it signs'
sed '3s/.*/public: '"$(sed -n 's/^public: //p' h.key)"'/' g.key >twisted.key
chmod 600 twisted.key
is "a key whose public half is another's" 10 -- key enroll twisted.key --test
is "a public half is not enrolled" 2 usage -- key enroll @g.pub
is "a key that others can read" 4 config_open -- key enroll "$(chmod 644 n.key; echo n.key)"
chmod 600 n.key

# Rotation: the old threshold and the new one sign.
is "a key that is named like no other" 2 usage -- policy stage store --remove-control-key ops-x --key a.key --key b.key --yes
says "who is there" err 'ops-a, ops-b, ops-c'
is "the new threshold does not sign" 7 authority -- policy stage store --remove-control-key ops-c --add-control-key @n.pub --threshold 3 --key a.key --key b.key --yes
is "rotate" 0 -- policy stage store --remove-control-key ops-c --add-control-key @n.pub --key a.key --key b.key --yes
is "in force" 0 -- upgrade wait store --timeout 10m
VARS=
is "a key that was taken out" 7 would_refuse -- upgrade stage store --pcrs v2.json --key a.key --key c.key --yes
says "when" err 'c.key (SHA256:.*) was taken out of the policy by entry'
is export 0 -- chain export store --file ch2
VARS="ENCL_PASSPHRASE_FILE=$T/pass"
is "a stage, for a file" 0 -- upgrade stage store --pcrs v2.json --key a.key --sign-only st3 --yes
cp st3 st4
VARS= WHO=away is "nor from files alone" 7 would_refuse -- upgrade sign st3 --chain ch2 --root sim/root.pem --key c.key --yes
WHO=away is "who cannot compare can sign" 0 -- upgrade sign st4 --key c.key --yes
is "and is refused" 7 -- upgrade submit st4
is "a proper second signature" 0 -- upgrade sign st3 --chain ch2 --root sim/root.pem --key n.key --yes
is "is taken" 0 -- upgrade submit st3
is "revoke it" 0 -- upgrade revoke store --reason "enough" --key g.key --yes
is "two keys of one name" 0 -- policy stage store --add-guardian-key "$(cut -d' ' -f1,2 c.pub) ops-g" --key a.key --key b.key --yes
is "in force" 0 -- upgrade wait store --timeout 10m
is "the name names two" 2 usage -- policy stage store --remove-guardian-key ops-g --key a.key --key b.key --yes
says "what names one" err 'SHA256:'

# A thief of the control threshold is rotated out by its owners with a
# majority of the guardians (of four: three), and cannot stop it.
is "the thief stages" 0 -- policy stage store --remove-control-key ops-b --add-control-key @i.pub --remove-guardian-key ops-i --key a.key --key n.key --yes --sign-only theft
is export 0 -- chain export store --file ch3
is "the owners begin" 0 -- policy stage store --remove-control-key ops-a --add-control-key @c.pub --remove-guardian-key "$(ssh-keygen -lf c.pub | cut -d' ' -f2)" --activate-after 5s --key b.key --key n.key --key file:c.key --sign-only back.st --yes
is "a guardian signs" 0 -- upgrade sign back.st --chain ch3 --root sim/root.pem --key g.key --yes
cp back.st one.st
is "with one it is not taken" 3 proof_surplus -- upgrade submit one.st
is "another" 0 -- upgrade sign back.st --key h.key --yes
is "the third" 0 -- upgrade sign back.st --key i.key --yes
hold
is "taken" 0 -- upgrade submit back.st
is "what is pending" 0 -- enclave show store -o json
json "is backed" 'j["pending"]["backed"] is True'
VARS=
is "the thief cannot stop it" 7 -- upgrade revoke store --reason mine --key a.key --key n.key --yes
says "why" err 'guardians back this change'
is "nor replace it" 7 replace_backed -- policy stage store --min-delay 2s --key a.key --key n.key --replace --yes
go_on
VARS="ENCL_PASSPHRASE_FILE=$T/pass"
is "in force" 0 -- upgrade wait store --timeout 10m
VARS= is "the thief is out" 7 would_refuse -- upgrade stage store --pcrs v2.json --key a.key --key n.key --yes
is "what the thief signed before is void" 6 -- upgrade submit theft
VARS="ENCL_PASSPHRASE_FILE=$T/pass"

# The same by a draft on the server: control keys first, then guardians.
is "a change is left as a draft" 0 -- policy stage store --min-delay 2s --key b.key --key n.key --draft --yes
draft=$(cat out)
is "a guardian signs the draft" 0 -- upgrade sign "$draft" store --key g.key --yes
is "and another" 0 -- upgrade sign "$draft" store --key h.key --yes
is "and one more" 0 -- upgrade sign "$draft" store --key i.key --yes
hold
is "it is sent" 0 -- upgrade submit "$draft"
is "what is pending" 0 -- enclave show store -o json
json "is backed" 'j["pending"]["backed"] is True'
is "one guardian of those who backed it cannot stop it" 7 authority -- upgrade revoke store --reason x --key g.key --yes
says "what it takes" err 'a change of the policy is stopped by a majority of them'
go_on
is "in force" 0 -- upgrade wait store --timeout 10m

# Two references to one key of an agent are one key.
if command -v ssh-agent >/dev/null 2>&1; then
	ssh-agent -D -a "$T/agent" >/dev/null &
	children="$children $!"
	ssh-keygen -q -t ed25519 -N '' -C ops-s -f ops-s
	agent_wait "$T/agent" || exit 1
	SSH_AUTH_SOCK="$T/agent" ssh-add ops-s 2>/dev/null
	VARS="ENCL_PASSPHRASE_FILE=$T/pass SSH_AUTH_SOCK=$T/agent"
	is "a key in an agent joins" 0 -- policy stage store --add-control-key @ops-s.pub --key b.key --key n.key --key ssh-agent:ops-s --yes
	is "in force" 0 -- upgrade wait store --timeout 10m
	is "by its comment and by its fingerprint it is one" 7 authority -- upgrade stage store --pcrs v2.json --key ssh-agent:ops-s --key "ssh-agent:$(ssh-keygen -lf ops-s.pub | cut -d' ' -f2)" --yes
	says "said so" err 'and counts once'
else
	echo "skipped ssh-agent is not here"
fi

# Freeze.
is "freeze" 0 -- policy stage store --freeze --accept-risk=freeze,short-window --key b.key --key n.key --yes
is "in force" 0 -- upgrade wait store --timeout 10m
is "policy show" 0 -- policy show store
says "nobody, ever" out 'nobody, ever: the chain is frozen'
is "nothing can be staged" 7 not_upgradable -- upgrade stage store --pcrs v2.json --key b.key --key n.key --yes
exit $bad
