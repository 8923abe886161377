#!/bin/sh
# SPDX-License-Identifier: ISC
# Key policies: what a chain gives a key to before, during and after an
# upgrade, and policies with holes.
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. tests/lib/cli.sh
cli_start
H='--host arn:aws:iam::123456789012:role/host'
R='--root root.der'
# Not here: sim is the simulator that the server trusts.
mkdir moments && "$B/tests/tools/chain_moments" moments || exit 1
rm -r moments/sim && mv moments/* . || exit 1
policy() { # NAME EXIT STATEMENTS CHAIN ARGS...
	name=$1 want=$2 n=$3 file=$4
	shift 4
	is "$name" "$want" -- kms policy --chain "$file" $R $H "$@"
	json "  $n statements" "len(j['Statement']) == $n"
	cp out "$file.json"
}

# the moments of an upgrade
policy "one release before an upgrade" 0 1 before
policy "one while the window runs" 0 1 window
policy "two during the hand-over" 0 2 handover
json "each with exact values" "all(set(s['Condition']) == {'StringEquals'} and
	len(s['Condition']['StringEquals']) == 3 and all(type(v) is str and len(v) == 96
	for v in s['Condition']['StringEquals'].values()) for s in j['Statement'])"
policy "one after it" 0 1 after
policy "one when the time to hand over is past" 0 1 expired
cmp -s before.json window.json && ! cmp -s before.json after.json &&
	echo "ok - of the old release until then" || fail "which release"
policy "the pending one sooner, where asked" 0 2 window --pending
says "is told" err 'before its window is over'
cp out sooner.json
policy "none for one that can come no more" 0 1 expired --pending
is "a policy without a host" 2 usage -- kms policy --chain before $R
is "a host that is anybody" 2 usage -- kms policy --chain before $R --host 'arn:aws:iam::123456789012:role/*'
is "an action that is tied to nothing" 2 usage -- kms policy --chain before $R $H --allow Encrypt
is "a chain of a root that nobody named" 3 -- kms policy --chain before $H

# the feeds agree
for f in before window handover after expired; do
	encl kms policy --chain $f $R $H && cp out full
	encl chain measurements --chain $f $R --format kms
	json "conditions of $f are those of the policy" \
		'[s["Condition"] for s in json.load(open("full"))["Statement"]] == [c["Condition"] for c in j["conditions"]]'
	cp out kms
	encl chain measurements --chain $f $R --format evervault
	json "and those of Evervault's array" '[s["PCR0"] for s in j] == [c["Condition"]["StringEquals"]["kms:RecipientAttestation:PCR0"]
		for c in json.load(open("kms"))["conditions"]]'
	cp out $f.array
done
is "all forms" 0 -- chain measurements --chain window $R
json "sets has the pending one with its time" 'j["sets"][1]["status"] == "pending" and j["sets"][1]["not_before"]'
is "no such form" 2 usage -- chain measurements --chain window $R --format nitro

# looked at beside the chain
is "sound" 0 -- kms lint before.json
is "and of the release in force" 0 -- kms lint before.json --chain before $R
is "still while the window runs" 0 -- kms lint before.json --chain window $R
is "too early" 3 kms_policy -- kms lint sooner.json --chain window $R
says "for a release whose window runs" out 'pcrs_other: .*whose window is not over'
is "both during the hand-over" 0 -- kms lint handover.json --chain handover $R
is "too late" 3 kms_policy -- kms lint handover.json --chain after $R
says "for a release that is past" out 'pcrs_other: .*no release that may run'
is "only the old one, afterwards" 3 -- kms lint before.json --chain after $R
says "the release in force is shut out" out 'release_missing'
is "lint as JSON" 3 -- kms lint before.json --chain after $R -o json
json "with codes" '[f["code"] for f in j["findings"]] == ["release_missing", "pcrs_other"] and j["ok"] is False'
python3 -c 'import json
print(json.dumps({"Policy": open("before.json").read(), "PolicyName": "default"}))' >aws.json
is "what AWS prints" 0 -- kms lint aws.json --chain before $R

# a policy that the release names
encl kms policy --chain after $R $H
hash=$(sed -n 's/^SHA-256 //p' err)
mkdir named && "$B/tests/tools/chain_moments" named "$hash" || exit 1
is "the named policy" 0 -- kms lint after.json --chain named/after $R
encl kms policy --chain named/after $R $H
says "is known when it is made" err 'release v2 names this policy'
is "another, as sound" 0 -- kms policy --chain named/after $R $H --allow GenerateDataKey
says "is said to be another" err 'release v2 names another policy'
cp out other.json
is "and found" 3 kms_policy -- kms lint other.json --chain named/after $R
says "by its hash" out 'hash_other'

# holes
hole() { # CODE SED
	sed "$2" before.json >hole.json
	cmp -s before.json hole.json && fail "nothing was changed"
	is "a hole: $1" 3 kms_policy -- kms lint hole.json
	says "  is named" out ": $1:"
}
hole wildcard 's/kms:Decrypt/kms:Decryp?/'
hole wildcard 's/kms:Decrypt/kms:*/'
hole not_action 's/"Action"/"NotAction"/'
hole action_forbidden 's/kms:Decrypt/kms:PutKeyPolicy/'
hole action_forbidden 's/kms:Decrypt/kms:CreateGrant/'
hole action_forbidden 's/kms:Decrypt/kms:ReplicateKey/'
hole action_forbidden 's/kms:Decrypt/kms:ReEncryptFrom/'
hole pcr_missing 's/:PCR1"/:PCR9"/'
hole pcr_if_exists 's/StringEquals/StringEqualsIfExists/'
hole pcr_set 's/"StringEquals"/"ForAnyValue:StringEquals"/'
hole principal 's/"arn:aws:iam.*"/"123"/'
hole shape 's/"Resource": "\*"/"Resource": "arn:aws:kms:eu-west-1:123456789012:key\/1"/'
says "  and where it is" out '^line 16: statement 0: '
is "holes as JSON" 3 -- kms lint hole.json -o json
json "with the line and the key" \
	'[(f["line"], f["pointer"]) for f in j["findings"]] == [(16, "/Statement/0/Resource")]'
is "no policy at all" 2 json_bad -- kms lint pass
printf '{"Version": 1,\n "Version": 2}' >twice
is "what stands there twice" 2 json_bad -- kms lint twice
says "  is named, and its line" err 'line 2, .*Version'
is "no file" 5 file_read -- kms lint nothing

# on a server
is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
is "a key" 0 -- key generate a.key
printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml
is create 0 -- enclave create -f enclave.yaml --control-key file:a.key --threshold 1 \
	--min-delay 1s --root sim/root.pem --yes --accept-risk short-window
chain=$(cat out)
pcrs a1 b1 c1 >v1.json
is "no release, no policy" 7 no_release -- kms policy payments $H
is "for measurements" 0 -- kms policy --pcrs v1.json $H
cp out v1-policy.json
sed 's/StringEquals/StringLike/' v1-policy.json >weak.json
is "a release with a weak policy is not staged" 3 kms_policy -- upgrade stage payments \
	--pcrs v1.json --kms-policy weak.json --key file:a.key --yes
says "  and each hole is told with its line" err 'weak.json: line [0-9]*: pcr_operator: kms:RecipientAttestation:PCR0'
says "  the last of them, too" err '^  also: weak.json: line [0-9]*: pcr_operator: kms:RecipientAttestation:PCR2'
cmp -s before.json v1-policy.json && fail "the same policy"
is "nor one whose policy is for other code" 3 kms_policy -- upgrade stage payments \
	--pcrs v1.json --kms-policy before.json --key file:a.key --yes
says "  which shuts it out" err 'release_missing'
python3 -c 'import json
a, b = (json.load(open(f)) for f in ("v1-policy.json", "before.json"))
a["Statement"] += b["Statement"]
print(json.dumps(a))' >both.json
is "nor one whose policy is for other code, too" 3 kms_policy -- upgrade stage payments \
	--pcrs v1.json --kms-policy both.json --key file:a.key --yes
says "  which could use the key" err 'pcrs_other'
is "with a sound one it is" 0 -- upgrade stage payments --pcrs v1.json \
	--kms-policy v1-policy.json --key file:a.key --yes
sum=$(python3 -c 'import hashlib, json
print(hashlib.sha256(json.dumps(json.load(open("v1-policy.json")), sort_keys=True,
	separators=(",", ":")).encode()).hexdigest())')
is "it is pending" 0 -- upgrade show payments -o json
json "and names the policy" "j['release']['kms'] == '$sum'"
enclave v1.json
is "it comes into force" 0 -- upgrade wait payments --for released --timeout 10m
is "the policy is its own" 0 -- kms lint v1-policy.json payments
is "the server's conditions" 0 -- api GET "/v1/chains/$chain/measurements?format=kms"
cp out theirs
is "and those made here" 0 -- chain measurements payments --format kms
json "are the same" 'j == json.load(open("theirs"))'

# a register more than the three
python3 -c 'import json
print(json.dumps({"PCR%d" % i: "%02x" % (0xd0 + i) * 48 for i in (0, 1, 2, 8)}))' >signed.json
is "of a signed image" 0 -- kms policy --pcrs signed.json $H
json "its signer is a condition, too" \
	'j["Statement"][0]["Condition"]["StringEquals"]["kms:RecipientAttestation:PCR8"] == "d8" * 48'
cp out signed-policy.json
python3 -c 'import json
j = json.load(open("signed-policy.json"))
del j["Statement"][0]["Condition"]["StringEquals"]["kms:RecipientAttestation:PCR8"]
print(json.dumps(j))' >unsigned-policy.json
printf 'name: signed\nimage: registry.example.org/signed:1\n' >signed.yaml
is "a chain that counts it" 0 -- enclave create -f signed.yaml --control-key file:a.key --threshold 1 \
	--pcrs 0,1,2,8 --min-delay 1s --root sim/root.pem --yes --accept-risk short-window
chain=$(cat out)
is "a policy for every signer is not staged" 3 kms_policy -- upgrade stage signed --pcrs signed.json \
	--kms-policy unsigned-policy.json --key file:a.key --yes
says "  though sound by itself" err 'pcr_missing: PCR8'
is "that for one is" 0 -- upgrade stage signed --pcrs signed.json \
	--kms-policy signed-policy.json --key file:a.key --yes
enclave signed.json
is "it comes into force" 0 -- upgrade wait signed --for released --timeout 10m
is "its policy" 0 -- kms lint signed-policy.json signed
is "without the signer" 3 -- kms lint unsigned-policy.json signed -o json
json "is for too many" '[(f["code"], f.get("statement")) for f in j["findings"]] == [
	("hash_other", None), ("pcr_missing", 0)]'

# docs/kms.md: every sh block, as it stands
cp before payments.encl && cp v1.json new.json
{
	echo 'set -e'
	awk '/^```/ { sh = $0 == "```sh"; next } sh' "$top/docs/kms.md"
} >script
if [ "$(wc -l <script)" -gt 10 ] && env HOME=/nonexistent PATH="$B/bin:$PATH" \
	sh -x ./script >out 2>err; then
	echo "ok - docs/kms.md does what it says"
else
	fail docs/kms.md
fi
says "its hole" out 'statement 0: pcr_if_exists: '
exit $bad
