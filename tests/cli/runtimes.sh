#!/bin/sh
# SPDX-License-Identifier: ISC
# An upgrade whose receipts are made behind the interfaces of two runtimes: the
# old code under Enclaver, the new under Evervault.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/cli.sh
cli_start

is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
is "a key" 0 -- key generate a.key
printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml
is create 0 -- enclave create -f enclave.yaml --control-key file:a.key --threshold 1 \
	--min-delay 1s --root sim/root.pem --yes --accept-risk short-window
chain=$(cat out)
pcrs a1 b1 c1 >v1.json
pcrs a2 b1 c2 >v2.json
is "the first release" 0 -- upgrade stage payments --pcrs v1.json --key file:a.key --yes
runtime enclaver v1.json
old=$url
is "comes into force by Enclaver's document" 0 -- upgrade wait payments --for released --timeout 10m
is "and runs" 0 -- attest live payments --url "$old" -o json
json "in force, to a challenge in the nonce" 'j["status"] == "in_force" and j["document"]["nonce"] is not None'
is "the second release" 0 -- upgrade stage payments --pcrs v2.json --key file:a.key --yes
runtime evervault v2.json
new=$url
is "comes into force by both" 0 -- upgrade wait payments --for released --timeout 10m
is "the chain" 0 -- chain export payments --file payments.chain
is "verifies anywhere" 0 -- chain verify payments.chain --pin "$chain" --root sim/root.pem
is "the new code runs" 0 -- attest live payments --url "$new" -o json
json "to a challenge in the text" 'j["status"] == "in_force" and j["document"]["nonce"] is None'
cp out new.json
python3 - "$chain" <<'EOF' && echo "ok - which is as FORMAT.md says" || fail "the text"
import base64, json, re, sys
text = base64.b64decode(json.load(open("new.json"))["document"]["user_data"]).decode()
sys.exit(not re.fullmatch("encl/receipt/1 live %s [0-9a-f]{64} [0-9a-f]{64}" % sys.argv[1], text))
EOF
is "the old code is retired" 3 live_other -- attest live payments --url "$old"

# a runtime that answers nonsense, or nothing
for fault in old junk error large; do
	fake_runtime $fault v2.json $fault
	port=$(free_port)
	"$B/bin/encl-countersign" --chain "$chain" --nsm "evervault:${api##*:}" \
		--root sim/root.pem --listen "tcp:127.0.0.1:$port" >$fault.log 2>&1 &
	children="$children $!"
	started $fault.log listening
	encl attest live payments --url "tcp:127.0.0.1:$port"
	rc=$?
	[ $rc -ne 0 ] && echo "ok - $fault is no document (exit $rc)" || fail "$fault"
done
for nsm in enclaver enclaver: enclaver:0 enclaver:65536 enclaver:1x evervault: evervault:99999999999 vsock; do
	"$B/bin/encl-countersign" --chain "$chain" --nsm $nsm --listen none >out 2>err
	[ $? -eq 2 ] && echo "ok - --nsm $nsm is refused" || fail "--nsm $nsm"
done
exit $bad
