#!/bin/sh
# SPDX-License-Identifier: ISC
# Where keys live, from a device's proof to what an auditor is told: taken into
# policies, published, believed only where it verifies, and checked offline.
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. tests/lib/cli.sh
makers=$(mktemp) || exit 1
"$B/tests/tools/attestor" root 0 >"$makers" || exit 1
# The card's maker has roots of his own, made when the card is first seen.
cards=$(mktemp -d) || exit 1
card="LD_LIBRARY_PATH=$B/tests/virtual VPIV_DIR=$cards VPIV_CARDS=17654321:5.7.4"
if [ -e "$B/tests/virtual/libpcsclite.so.1" ]; then
	env -i HOME="$cards" PATH="$PATH" $card "$B/bin/encl" key list >/dev/null 2>&1
fi
cat "$cards/roots.pem" >>"$makers" 2>/dev/null
export ENCLD_EVIDENCE_ROOTS="$makers"
cli_start
trap 'rm -rf "$makers" "$cards"; cli_stop' EXIT
"$B/tests/tools/attestor" root 0 >maker.pem
"$B/tests/tools/attestor" root 1 >forger.pem

attest() { # KEY MAKER TOUCH FIRMWARE: what a device says of KEY.pub
	"$B/tests/tools/attestor" key "$2" "$3" "$4" <"$1.pub"
}
view() { # what the server says of the chain to anybody
	python3 -c 'import sys, urllib.request
sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' \
		"$ENCLD_URL/v1/chains/$1" >out
}
verify() { encl chain verify "$@" --root sim/root.pem; }

for k in a b c g; do
	encl key generate $k.key --name ops-$k || fail "key $k"
	cp out $k.pub
done
attest a 0 2 5.7.4 >a.pem
attest b 0 2 5.7.4 >b.pem
attest a 0 1 5.7.4 >weak.pem
attest a 1 2 5.7.4 >forged.pem
attest g 0 2 5.7.4 >g.pem
printf 'name: store\nimage: registry.example.org/store:1\n' >store.yaml
is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
create="enclave create -f store.yaml --control-key @a.pub --control-key @b.pub
	--threshold 1 --guardian-key @g.pub --min-delay 1s --root sim/root.pem
	--key a.key --yes"

# What is refused before anything is signed.
is "a proof without a maker to trust" 2 evidence_root -- $create --evidence a.pem
mine="ENCL_PASSPHRASE_FILE=$T/pass ENCL_ACCEPT_RISK=$ENCL_ACCEPT_RISK"
VARS="$mine ENCL_EVIDENCE_ROOT=$T/maker.pem"
is "a key that asks for no touch" 3 evidence_weak -- $create --evidence weak.pem
is "a proof of another maker" 3 evidence_bad -- $create --evidence forged.pem
attest c 0 2 5.7.4 >c.pem
is "the right device, another key" 3 evidence_key -- $create --evidence c.pem
cat a.pem b.pem >two.pem
is "two proofs in one file" 3 evidence_bad -- $create --evidence two.pem
is "no certificate" 3 evidence_bad -- $create --evidence store.yaml
is "a file that is not there" 5 file_read -- $create --evidence nowhere
is "unless it is left out" 0 -- $create --evidence weak.pem --no-evidence --dry-run
silent "and then nothing is claimed" err evidence

# Into the first policy, and published with a yes.
is "create" 0 -- $create --evidence a.pem --evidence b.pem
says "the screen says what was verified" err 'held in hardware (verified here): touch always, PIN once, firmware 5.7.4'
chain=$(cat out)
echo "$chain" >store.chain
sum=$(sha256sum a.pem | cut -d' ' -f1)
sumb=$(sha256sum b.pem | cut -d' ' -f1)
kept=home/.local/share/encl/evidence/$sum.pem
cmp -s a.pem "$kept" && [ "$(stat -c %a "$kept")" = 600 ] &&
	echo "ok - the proof is kept here, for this user alone" || fail kept
view "$chain"
json "nothing is public yet" 'all(k["hardware"] == {"verified": False, "reason": "not_published"} for k in j["policy"]["control"])'
json "and others claim nothing" '"hardware" not in j["policy"]["guardians"][0]'
is "publishing is asked for" 11 declined -- key publish-evidence store
says "what it shows is said" err 'serial number 17654321'
view "$chain"
json "a no publishes nothing" 'j["policy"]["control"][0]["hardware"]["verified"] is False'
is "published" 0 -- key publish-evidence store --yes
is "and again, which changes nothing" 0 -- key publish-evidence store --yes
says "as is said" err 'published already'
view "$chain"
json "the view says that both are held in hardware" 'all(k["hardware"]["verified"] and k["hardware"]["touch"] == "always" for k in j["policy"]["control"])'
silent "without a serial number" out 17654321
is "policy show says it" 0 -- policy show store
says "of what was verified here" out 'held in hardware (verified here)'
WHO=away is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
WHO=away is "to others as well, from what is published" 0 -- policy show store
says "and verified by them" out 'held in hardware (verified here)'
VARS= WHO=away is "those who trust no maker" 0 -- policy show store
says "are not told so" out 'does not show hardware: evidence_root'

config=away/.config/encl/config.yaml
sed "s|^\( *\)\"server\":.*|&\n\1\"evidence_roots\":\n\1  - \"$T/maker.pem\"|" $config >with
cat with >$config
VARS= WHO=away is "those whose context trusts one" 0 -- policy show store
says "are" out 'held in hardware (verified here)'

# Offline, with a file and a maker's root.
is "export" 0 -- chain export store --file ch
verify ch --evidence-root maker.pem
says "both keys are shown" out 'held in hardware (verified here): touch always'
verify ch --evidence-root maker.pem -o json
json "as JSON" '[(k["role"], (k["hardware"] or {}).get("verified")) for k in j["keys"]] == [("control", True), ("control", True), ("guardian", None)]'
silent "with no serial number" out 17654321
verify ch -o json
json "no maker, no proof, and the same verdict" 'j["verdict"] == "ok" and j["keys"][0]["hardware"]["reason"] == "evidence_root"'
verify ch --evidence-root forger.pem -o json
json "another maker's root shows nothing" 'j["verdict"] == "ok" and j["keys"][0]["hardware"]["reason"] == "evidence_bad"'

# What a server can do to the file.
python3 - <<'P'
import sys
def item(b):
    return b"\x82\x6fencl/1/evidence" + b"\x59" + len(b).to_bytes(2, "big") + b
b = open("ch", "rb").read()
at = b.index(b"\x82\x6fencl/1/evidence")
other, forged = open("g.pem", "rb").read(), open("forged.pem", "rb").read()
open("bare", "wb").write(b[:at])
open("swapped", "wb").write(b[:at] + item(forged) + item(other))
open("more", "wb").write(b + item(forged))
open("spoilt", "wb").write(b[:-20] + b"x" + b[-19:])
open("cut", "wb").write(b[:-20])
open("early", "wb").write(b[at:] + b[:at])
P
verify bare --evidence-root maker.pem -o json
json "proofs that are held back" 'j["verdict"] == "ok" and all(k["hardware"]["reason"] == "not_published" for k in j["keys"][:2])'
verify swapped --evidence-root maker.pem --evidence-root forger.pem -o json
json "other proofs in their place are nobody's" 'j["verdict"] == "ok" and all(k["hardware"]["reason"] == "not_published" for k in j["keys"][:2])'
verify more --evidence-root maker.pem -o json
json "one more that no key names is stepped over" 'j["verdict"] == "ok" and j["keys"][0]["hardware"]["verified"]'
verify spoilt --evidence-root maker.pem -o json
json "an altered one shows nothing" 'j["verdict"] == "ok" and sorted((k["hardware"]["verified"] for k in j["keys"][:2])) == [False, True]'

# A second reader, written from FORMAT.md alone, says the same of each file.
# (openssl(1) knows one maker of a name.)
root=$(openssl x509 -in sim/root.pem -outform DER | sha256sum | cut -d' ' -f1)
for f in ch bare swapped more spoilt; do
	for m in maker forger; do
		verify $f --evidence-root $m.pem -o json
		python3 -c 'import json
for k in json.load(open("out"))["keys"]:
	h = k["hardware"]
	print(k["role"], k["kid"], "none" if h is None else h.get("reason", "verified"))' >mine
		if python3 -B "$top/tests/second/evidence.py" $f "$root" $m.pem >second 2>err &&
			cmp -s mine second; then
			echo "ok - a second reader of $f, trusting the $m"
		else
			cat mine second >out
			fail "a second reader of $f, trusting the $m"
		fi
	done
done

is "half an item is no file" 3 chain_refused -- chain verify cut --root sim/root.pem
is "nor is one out of order" 3 chain_refused -- chain verify early --root sim/root.pem

# An operator who trusts a forger fools himself, and no one else.
sed 's/store/fake/' store.yaml >fake.yaml
VARS="$mine ENCL_EVIDENCE_ROOT=$T/forger.pem"
is "a forged proof in a policy" 0 -- enclave create -f fake.yaml --control-key @a.pub --evidence forged.pem --key a.key --root sim/root.pem --publish-evidence --yes
fake=$(cat out)
view "$fake"
json "the server does not believe it" 'j["policy"]["control"][0]["hardware"] == {"verified": False, "reason": "evidence_bad"}'
is "export" 0 -- chain export fake --file fk
VARS="$mine ENCL_EVIDENCE_ROOT=$T/maker.pem"
verify fk --evidence-root maker.pem -o json
json "nor does an auditor" 'j["keys"][0]["hardware"]["verified"] is False'

# A key that comes later, and a proof for one that is there.
pcrs a1 b1 c1 >v1.json
is "the first release" 0 -- upgrade stage store --pcrs v1.json --key a.key --version 1.0 --yes
enclave v1.json
is "in force" 0 -- upgrade wait store --timeout 10m
hold
is "a policy with one more key and one more proof" 0 -- policy stage store --add-control-key @c.pub --evidence c.pem --evidence g.pem --key a.key --publish-evidence --yes
view "$chain"
json "the staged policy says so, that in force does not" 'j["pending"]["policy"]["control"][2]["hardware"]["verified"] and j["pending"]["policy"]["guardians"][0]["hardware"]["verified"] and "hardware" not in j["policy"]["guardians"][0]'
is "the same proofs change nothing" 2 usage -- policy stage store --evidence a.pem --key a.key --replace --yes

# The same from end to end with a card that makes, attests and signs.
if [ -s "$cards/roots.pem" ]; then
	echo 123456 >pin
	VARS="$mine ENCL_PIN_FILE=$T/pin $card"
	printf 'name: card\nimage: registry.example.org/card:1\n' >card.yaml
	create="enclave create -f card.yaml --root sim/root.pem --min-delay 1s --yes"
	is "a key in a card" 0 -- key generate 'piv:slot=9c' --type ecdsa-p256 --name ops-card
	cp out p.pub
	is "one that asks for no touch" 0 -- key generate 'piv:slot=9d' --touch-policy never
	is "no maker is trusted" 2 evidence_root -- $create --control-key piv:slot=9c --key piv:slot=9c
	VARS="$VARS ENCL_EVIDENCE_ROOT=$cards/roots.pem"
	is "a key without a touch" 3 evidence_weak -- $create --control-key piv:slot=9d --key piv:slot=9d
	is "unless its proof is left out" 0 -- $create --control-key piv:slot=9d --key piv:slot=9d --no-evidence --dry-run
	is "the card's key, proved and published" 0 -- $create --control-key piv:slot=9c --key piv:slot=9c --publish-evidence
	says "on the screen too" err 'held in hardware (verified here): touch always, PIN once, firmware 5.7.4'
	chain=$(cat out)
	view "$chain"
	json "the server says so" 'j["policy"]["control"][0]["hardware"]["verified"] and j["policy"]["control"][0]["hardware"]["firmware"] == "5.7.4"'
	silent "and names no device" out 17654321
	pcrs a4 b1 c1 >v4.json
	is "a stage by the card" 0 -- upgrade stage card --pcrs v4.json --version 1.0 --key piv:slot=9c --yes
	is "export" 0 -- chain export card --file cd.encl
	verify cd.encl --evidence-root "$cards/roots.pem" --pin "$chain" -o json
	json "and an auditor sees it offline" 'j["verdict"] == "ok" and j["keys"][0]["hardware"]["verified"]'
	is "a proof for a colleague" 0 -- key attest piv:slot=9c --evidence-root "$cards/roots.pem" --out p.pem
	VARS="$mine ENCL_EVIDENCE_ROOT=$cards/roots.pem" WHO=away
	sed 's/card/team/' card.yaml >team.yaml
	is "who has it in a file" 0 -- enclave create -f team.yaml --control-key @p.pub --control-key @a.pub --threshold 1 --evidence p.pem --key a.key --root sim/root.pem --server "$ENCLD_URL" --token-file token --yes
	says "verifies it without the card" err 'held in hardware (verified here)'
	WHO=home
else
	echo "skipped card: there is no virtual PIV card"
fi

# What the server believes is its operator's choice, and changes with it.
VARS=$mine WHO=home
chain=$(cat store.chain)
if ENCLD_EVIDENCE_ROOTS="$T/store.yaml" "$B/bin/encld" check-config >out 2>err; then
	fail "roots that are none"
else
	says "roots that are none are refused" err 'evidence_roots: .*store.yaml'
fi
tag() {
	python3 -c 'import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1]).headers["ETag"])' "$ENCLD_URL/v1/chains/$chain"
}
before=$(tag)
encld_stop KILL
export ENCLD_EVIDENCE_ROOTS="$T/forger.pem"
encld_run || fail "another run"
view "$chain"
json "with another maker the same proofs count for nothing" 'j["policy"]["control"][0]["hardware"] == {"verified": False, "reason": "evidence_bad"}'
[ "$before" != "$(tag)" ] && echo "ok - and caches hear of it" || fail "the same ETag"

# The log names no device.
if grep -q 17654321 "$ENCLD_DIR/log"; then fail "log"; else echo "ok - no log line has a serial number"; fi
exit $bad
