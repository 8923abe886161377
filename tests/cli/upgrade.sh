#!/bin/sh
# SPDX-License-Identifier: ISC
# encl against a real encld and a simulated enclave: the story of an upgrade,
# several signers, policies, revocations, and what is refused on the way.
cd "$(dirname "$0")/../.." || exit 1
pages=$PWD/docs
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
. tests/lib/pg.sh
. tests/lib/encld.sh
. tests/lib/expect.sh
T=$(mktemp -d) || exit 1
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
token=$ENCLD_TOKEN
cd "$T" || exit 1

encl() {
	env -i ENCL_ACCEPT_RISK="$ENCL_ACCEPT_RISK" HOME="$T/${WHO:-home}" PATH="$PATH" $VARS setsid -w \
		"$B/bin/encl" "$@" >out 2>err </dev/null
}
VARS="ENCL_PASSPHRASE_FILE=$T/pass"
pcrs() { # A B C: a measurements file
	for i in "$1" "$2" "$3"; do
		v=
		for k in 1 2 3 4 5 6 7 8; do v=$v$i$i$i$i$i$i; done
		printf '%s\n' "$v"
	done | {
		read -r a && read -r b && read -r c
		printf '{"Measurements":{"HashAlgorithm":"Sha384 { ... }",'
		printf '"PCR0":"%s","PCR1":"%s","PCR2":"%s"}}\n' "$a" "$b" "$c"
	}
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

echo 'correct horse battery' >pass
echo "$token" >token
pcrs a1 b1 c1 >v1.json
pcrs a2 b1 c2 >v2.json
pcrs a3 b1 c3 >v3.json
for k in a b c g h i e n; do
	encl key generate $k.key --name ops-$k || fail "key $k"
done
cat >enclave.yaml <<'EOF'
name: payments
image: registry.example.org/payments:1
source: { repo: "https://example.org/payments", commit: 9f3c2e1 }
egress: { default: deny, rules: [ { host: api.example.org, ports: [ 443 ] } ] }
EOF

# who
echo encl_pat_wrong >badtoken
is "a wrong token is not stored" 4 token_bad -- login --server "$ENCLD_URL" --token-file badtoken
[ ! -e home/.config/encl/credentials.yaml ] && echo "ok - nothing was stored" ||
	fail "credentials"
is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
silent "the token is not printed" out "$token"
silent "nor on stderr" err "$token"
[ "$(stat -c %a home/.config/encl/credentials.yaml)" = 600 ] &&
	echo "ok - credentials have mode 0600" || fail mode
is whoami 0 -- whoami -o json
json "whoami is alice of acme" 'j["organisation"] == "acme" and j["member"] == "alice"'
is "context show" 0 -- context show -o json
json "the context has a token" 'j["token"] is True'
is doctor 0 -- doctor

# create
is "create" 0 -- enclave create -f enclave.yaml \
	--control-key file:a.key --control-key file:b.key --control-key file:c.key \
	--threshold 2 --yes
says "the default root is AWS's" err 'AWS Nitro Enclaves Root G1'
sed 's/payments/store/' enclave.yaml >store.yaml
encl key show c.key && cp out c.pub
is "create for the simulator" 0 -- enclave create -f store.yaml \
	--control-key file:a.key --control-key file:b.key --control-key @c.pub \
	--threshold 2 --guardian-key file:g.key --guardian-key file:h.key \
	--guardian-key file:i.key --min-delay 1s --root sim/root.pem --yes
chain=$(cat out)
[ "${#chain}" -eq 64 ] && echo "ok - stdout is the chain id" || fail "chain id"
is "the same name again" 6 name_taken -- enclave create -f store.yaml --control-key file:a.key --yes
is "enclave list" 0 -- enclave list -o json
json "both are there" 'sorted(e["name"] for e in j["items"]) == ["payments", "store"]'
is "chain pin" 0 -- chain pin -o json
json "made is pinned" "any(p['chain'] == '$chain' and p['name'] == 'store' for p in j['items'])"

# what is refused before any passphrase
VARS=
is "one of two keys" 7 authority -- upgrade stage store --pcrs v1.json --key a.key --yes
is "a stranger's key" 7 would_refuse -- upgrade stage store --pcrs v1.json --key a.key --key b.key --key n.key --yes
is "too short a window" 7 delay_short -- upgrade stage store --pcrs v1.json --key a.key --key b.key --activate-after 999ms --yes
is "no measurements" 2 usage -- upgrade stage store --key a.key
is "a debug image" 2 measurements_bad -- upgrade stage store --pcrs enclave.yaml --key a.key
is "no such enclave" 5 not_found -- upgrade stage nowhere --pcrs v1.json --key a.key
is "nothing to revoke" 6 nothing_staged -- upgrade revoke store --reason x --key g.key --yes
VARS="ENCL_PASSPHRASE_FILE=$T/pass"
is "declined" 11 declined -- upgrade stage store --pcrs v1.json --key a.key --key b.key
is "dry run" 0 -- upgrade stage store --pcrs v1.json --key a.key --key b.key --dry-run -o json
json "dry run says what it would sign" 'j["kind"] == "stage" and len(j["sha256"]) == 64'
is "nothing was staged" 0 -- upgrade list store -o json
json "the list is empty" 'j["items"] == []'

# two people, by file
is "the first signs" 0 -- upgrade stage store --pcrs v1.json --key a.key --sign-only st --yes
is "one signature is not enough" 7 authority -- upgrade submit st
says "what to do about it" err 'hint: .*upgrade sign'
encl chain export store --file ch
WHO=other VARS="ENCL_PASSPHRASE_FILE=$T/pass" is "the second, with no network" 0 -- upgrade sign st --chain ch --root sim/root.pem --key b.key --yes
says "compared" err 'verified here'
cp st st2
WHO=other VARS="ENCL_PASSPHRASE_FILE=$T/pass" is "a third, with nothing to compare" 0 -- upgrade sign st2 --key c.key --yes
says "said so" err 'NOT COMPARED'
is submit 0 -- upgrade submit st -o json
json "submitted once" 'j["seq"] == 1 and j["repeated"] is False'
is "submit again" 0 -- upgrade submit st -o json
json "known as a repeat" 'j["seq"] == 1 and j["repeated"] is True'
is "another stage" 6 stage_open -- upgrade stage store --pcrs v2.json --key a.key --key b.key --yes
is "replace it" 0 -- upgrade stage store --pcrs v1.json --key a.key --key b.key --yes --replace
is "upgrade list" 0 -- upgrade list store -o json
json "replaced and staged" '[i["status"] for i in j["items"]] == ["replaced", "staged"]'

# a guardian's veto
is "wait that is over" 9 wait_over -- upgrade wait store --timeout 1s
is "a revocation has a reason" 2 usage -- upgrade revoke store --key h.key --yes
is "a guardian revokes" 0 -- upgrade revoke store --reason "wrong image" --key h.key --yes
is "what waits hears it" 7 revoked -- upgrade wait store --timeout 10m
is "a stage that there never was" 5 not_found -- upgrade revoke store --reason again --stage 000000 --key h.key --yes
says "where to look" err 'upgrade list store'
is "a file of another kind" 3 -- upgrade submit enclave.yaml
says "which, and of what kind" err 'enclave.yaml is no statement'
is "nobody accepts in time" 7 expired -- upgrade stage store --pcrs v1.json --key a.key --key b.key --expires-after 1s --yes --wait=10m
says "why" err 'No enclave accepted it'
is "revoke what expired" 0 -- upgrade revoke store --reason expired --key h.key --yes

# the first release, a second one
is "stage" 0 -- upgrade stage store --pcrs v1.json --key a.key --key b.key --version 1.0 --yes
enclave v1.json
is "in force" 0 -- upgrade wait store --timeout 10m
printf 'enclave: store\npcrs: v2.json\nkeys: [a.key, c.key]\n' >.encl.yaml
is "a whole command" 0 -- upgrade stage --activate-after 2s --version 2.0 --yes
is "noticed" 0 -- upgrade wait --for noticed --timeout 10m
is "upgrade show" 0 -- upgrade show -o json
json "the same beside the stage" '[j["pcr_diff"][i]["changed"] for i in "012"] == [True, False, True] and j["definition_diff"] == []'
json "the image is the definition's, the source is not said" 'j["release"]["image"] == "registry.example.org/store:1" and j["release"].get("source") is None'
is "upgrade diff" 0 -- upgrade diff -o json
json "what changes" 'j["was"] == "1.0" and [j["pcr_diff"][i]["changed"] for i in "012"] == [True, False, True] and j["definition_diff"] == [] and j["definition"]["changed"] is False'
is "enclave show" 0 -- enclave show -o json
json "pending" 'j["phase"] == "noticed" and j["pending"]["release"]["version"] == "2.0" and j["in_force"]["version"] == "1.0"'
is "an outsider verifies the pending state" 0 -- chain export --file pending
env -i "$B/bin/encl" chain verify pending --pin "$chain" --root sim/root.pem >out 2>err ||
	fail "chain verify"
enclave v2.json
is "the second is in force" 0 -- upgrade wait --timeout 10m
is "the story" 0 -- chain show -o json
json "every kind" '[i["kind"] for i in j["items"]][-5:] == ["receipt", "stage", "receipt", "receipt", "receipt"]'
is "the first is retired" 0 -- upgrade show store 1.0 -o json
json "retired" 'j["status"] == "retired"'
is "too late, but heard" 0 -- upgrade revoke store --reason late --stage 2.0 --key h.key --yes
says "said so" err 'late'
is "disputed from then on" 0 -- enclave show store -o json
json "disputed" 'j["disputed"] is True'
rm .encl.yaml

# definition and policy
cat >>store.yaml <<'EOF'
ports: [ { port: 8443, tls: true } ]
EOF
is "a new definition comes along" 0 -- upgrade stage store --pcrs v3.json --definition store.yaml --key a.key --key b.key --yes
says "whose changes were shown before it was signed" err '^  WIDER  *| listens on port 8443/tcp with TLS$'
is "definition list" 0 -- enclave definition list store -o json
json "two versions" 'len(j["items"]) == 2'
is "definition diff" 0 -- upgrade diff store -o json
json "the port" '[(d["pointer"], d["text"], d["widens"]) for d in j["definition_diff"]] == [("/ports/0", "listens on port 8443/tcp with TLS", True)]'
is "the chain as a file" 0 -- chain export store --file pending
(unset VARS; WHO=nobody encl upgrade diff --chain pending --root "$T/sim/root.pem")
says "an outsider reads the same there" out '^  WIDER  *| listens on port 8443/tcp with TLS$'
is "what is pending, for people" 0 -- upgrade show store
says "the definition beside the PCRs" out 'definition  *CHANGED'
says "in words, and that it widens" out '^  WIDER  *| listens on port 8443/tcp with TLS$'
is "revoke it" 0 -- upgrade revoke store --reason "not this" --key a.key --key b.key --yes
cat >enclaver.yaml <<'EOF'
version: v1
name: store
target: store-enclave:latest
sources: { app: "registry.example.org/store:1" }
egress: { allow: [api.example.org] }
EOF
is "a file of another system is staged as it is" 0 -- upgrade stage store --pcrs v3.json --definition enclaver.yaml --key a.key --key b.key --yes
says "what it was taken for" err 'enclaver.yaml: imported as enclaver/4'
is "its definition diff" 0 -- upgrade diff store -o json
json "the rule" 'any(d["pointer"].startswith("/egress") for d in j["definition_diff"]) and not any("imported" in d["pointer"] for d in j["definition_diff"])'
is "revoke that, too" 0 -- upgrade revoke store --reason "not this" --key a.key --key b.key --yes
echo 'description: another' >>store.yaml
is "signed apart, with a definition" 0 -- upgrade stage "$chain" --pcrs v3.json --definition store.yaml --key a.key --key b.key --sign-only def --yes
is "the server lacks it" 7 definition_unknown -- upgrade submit def
says "what to do" err 'definition push'
is "push" 0 -- enclave definition push store -f store.yaml
is "now it is taken" 0 -- upgrade submit def
is "by the beginning of the chain id" 0 -- upgrade revoke "$(echo "$chain" | cut -c1-10)" --reason "not this" --key i.key --yes
is "nothing would change" 2 usage -- policy stage store --key a.key
is "the new key must sign too" 7 authority -- policy stage store --add-control-key file:n.key --remove-control-key ops-c --threshold 3 --key a.key --key b.key --yes
is "rotate a key" 0 -- policy stage store --add-control-key file:n.key --remove-control-key ops-c --threshold 3 --key a.key --key b.key --key n.key --yes
is "policy in force" 0 -- upgrade wait store --timeout 10m
is "policy show" 0 -- policy show store -o json
json "rotated" '[k["name"] for k in j["control"]] == ["ops-a", "ops-b", "ops-n"] and j["threshold"] == 3'
is "policy show, in words" 0 -- policy show store
says "who" out 'stages a release *3 of ops-a, ops-b, ops-n'
is "endorsers from now on" 0 -- policy stage store --add-endorser-key file:e.key --threshold 1 --key a.key --key b.key --key n.key --yes
is "in force" 0 -- upgrade wait store --timeout 10m
is "stage for endorsers" 0 -- upgrade stage store --pcrs v3.json --key n.key --yes
is "an endorser measures something else" 3 endorse_pcrs -- upgrade endorse store --pcrs v2.json --key e.key --yes
is "an endorser measures the same" 0 -- upgrade endorse store --pcrs v3.json --method "rebuilt from source" --key e.key --yes
is "anybody sees" 0 -- upgrade show store
says "who vouched for it" out '^  endorsed by  *SHA256:.*  *ops-e, entry [0-9]'
says "and how" out '^ *| rebuilt from source$'
is "as JSON" 0 -- upgrade show store -o json
json "it is the same" '[(v["name"], v["method"], v["fingerprint"][:7]) for v in j["endorsed_by"]] == [("ops-e", "rebuilt from source", "SHA256:")]'
is "nobody endorses twice" 6 already_endorsed -- upgrade endorse store --pcrs v3.json --key e.key --yes
is "revoke for the next" 0 -- upgrade revoke store --reason "enough" --key g.key --yes

# a draft on the server, and a key that the server holds
is "server key" 0 -- key generate server:held
is "key list" 0 -- key list -o json
json "there" 'any(k["ref"] == "server:held" for k in j["items"])'
is "no such server key" 10 key_missing -- key show server:nothere
awk '/^## / { on = /^## server:/ } /^```/ { sh = on && $0 == "```sh"; next } sh' \
	"$pages/keys.md" >page
[ -s page ] || fail "docs/keys.md has no commands about them"
while read -r words; do
	is "docs/keys.md: $words" 0 -- ${words#encl }
done <page
is "the server's key joins" 0 -- policy stage store --add-control-key server:held --threshold 2 --key a.key --key b.key --key n.key --key server:held --yes
is "a policy stage wants an endorsement too" 9 wait_over -- upgrade wait store --timeout 2s
is "endorsed" 0 -- upgrade endorse store --key e.key --yes
is "in force" 0 -- upgrade wait store --timeout 10m
echo 'secrets: [TOKEN]' >>store.yaml
is "left as a draft" 0 -- upgrade stage store --pcrs v3.json --definition store.yaml --key a.key --draft --yes
draft=$(cat out)
is "a draft that lacks signatures" 7 -- upgrade submit "$draft"
is "signed by another" 0 -- upgrade sign "$draft" --key n.key --yes
says "who saw what it changes in the definition" err '^  WIDER  *| adds secret TOKEN$'
silent "and no risk of not knowing it" err definition-unknown
is "and sent" 0 -- upgrade submit "$draft"
is "revoke it" 0 -- upgrade revoke store --reason "enough" --key g.key --yes
is "which signs no file" 10 key_scheme -- upgrade stage store --pcrs v3.json --key a.key --key server:held --yes --sign-only never
[ ! -e never ] && echo "ok - none was written" || fail never
is "with the server's key" 0 -- upgrade stage store --pcrs v3.json --key a.key --key server:held --yes -o json
json "staged" 'j["kind"] == "stage"'
is "export" 0 -- chain export store --file held.chain
is "where no server is asked its key does not sign" 10 key_scheme -- upgrade revoke --chain held.chain --root sim/root.pem --reason "x" --key a.key --key server:held --mirror "$ENCLD_URL" --yes
echo "agents: ['http://127.0.0.1:9']" >.encl.yaml
is "the server's key revokes, and others hear of it" 0 -- upgrade revoke store --reason "enough" --key a.key --key server:held --mirror "$ENCLD_URL" --out rv --yes -o json
rm .encl.yaml
json "each of them" '[(p["kind"], p["code"]) for p in j["places"]] == [("server", "ok"), ("agent", "network"), ("mirror", "ok")]'
says "that it signed" err 'signed by held, in the server'
is "what was written is the same" 0 -- upgrade submit rv
is "the drafts" 0 -- api GET /v1/drafts
json "none of it is left" 'all(d["payload"]["kind"] != "revoke" for d in j["items"])'
is "it is revoked" 0 -- upgrade list store -o json
json "by both" 'j["items"][-1]["status"] == "revoked"'

# OpenSSH signs
if command -v ssh-keygen >/dev/null 2>&1; then
	ssh-keygen -q -t ecdsa -b 256 -N '' -C ossh -f ossh
	is "an OpenSSH key joins" 0 -- policy stage store --add-control-key @ossh.pub --threshold 1 --key a.key --key b.key --sign-only pol --yes
	is "its bytes" 0 -- upgrade sign pol --payload pol.bytes
	ssh-keygen -q -Y sign -n chain@encl -f ossh pol.bytes 2>/dev/null
	is "its signature" 0 -- upgrade sign pol --sshsig pol.bytes.sig
	is "sent" 0 -- upgrade submit pol
is "endorsed" 0 -- upgrade endorse store --key e.key --yes
	is "in force" 0 -- upgrade wait store --timeout 10m
	is "export for OpenSSH" 0 -- chain export store --sshsig sigs
	n=0
	for s in sigs/*.sig; do
		s=${s#sigs/} k=${s#*-}
		ssh-keygen -q -Y verify -f sigs/allowed_signers -n chain@encl \
			-I "${k%.sig}" -s "sigs/$s" <"sigs/${s%%-*}.payload" >/dev/null 2>&1 ||
			fail "ssh-keygen does not verify $s"
		n=$((n + 1))
	done
	[ $n -gt 20 ] && echo "ok - ssh-keygen verifies $n signatures" || fail "$n"
else
	echo "skipped ssh-keygen is not here"
fi

# freeze
is "freeze" 0 -- policy stage store --freeze --accept-risk=freeze,short-window --key a.key --yes
is "endorsed" 0 -- upgrade endorse store --key e.key --yes
is "frozen" 0 -- upgrade wait store --timeout 10m
is "nothing more" 7 not_upgradable -- upgrade stage store --pcrs v3.json --key a.key --yes

# tokens
is "token create" 0 -- token create reader --scope enclave:read --expires-after 1h -o json
json "shown once" 'j["token"].startswith("encl_pat_")'
id=$(sed -n 's/.*"id": "\(.*\)".*/\1/p' out | head -n 1)
sed -n 's/.*"token": "\(.*\)".*/\1/p' out >reader
is "token list" 0 -- token list
silent "no token in the list" out encl_pat_
is "its scope is not enough" 4 scope -- upgrade stage payments --token-file reader --pcrs v1.json --key a.key --key b.key --yes
is "token revoke" 0 -- token revoke "$id"
is "a revoked token" 4 token_bad -- whoami --token-file reader
is "doctor" 0 -- doctor -o json
json "all is well" 'j["ok"] is True'
is "a private enclave" 0 -- enclave create -f enclave.yaml --control-key file:a.key --private --yes --dry-run
is "api" 0 -- api GET /v1/chains
is "api, not found" 5 not_found -- api GET /v1/enclaves/nowhere

# the server goes
encld_stop
is "a server that is gone" 8 network -- enclave show store
exit $bad
