#!/bin/sh
# SPDX-License-Identifier: ISC
# What a server can do that lies about a chain that witnesses watch, and who
# notices: readers, watchers, agents.  Each lie works without what catches it.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/witness.sh
. tests/lib/cli.sh
cli_start_witnessed 2
mkdir liar
python3 "$top/tests/cli/liar.py" liar "$ENCLD_URL" &
children="$children $!"
started liar/port .
liar=http://127.0.0.1:$(cat liar/port)

for k in a g; do
	encl key generate $k.key --name $k || fail "key $k"
done
pcrs 01 02 03 >v1.json
pcrs 04 05 06 >v2.json
printf 'name: store\nimage: r.example.org/store:1\n' >store.yaml
is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
is create 0 -- enclave create -f store.yaml --control-key file:a.key \
	--guardian-key file:g.key --min-delay 1s --root sim/root.pem --yes \
	--witness example.com/w1 --witness example.com/w2
chain=$(cat out)
is "a first release" 0 -- upgrade stage store --pcrs v1.json --key a.key --yes
agent=http://127.0.0.1:$(free_port)
port=$(free_port)
"$BUILD/bin/encl-countersign" --chain "$chain" --nsm "sim:$T/sim" \
	--root "$T/sim/root.pem" --listen "tcp:127.0.0.1:$port" --sim-pcrs v1.json >>enclave.log 2>&1 &
children="$children $!"
"$BUILD/bin/encl-agent" --server "$ENCLD_URL" --token-file token \
	--enclave "tcp:127.0.0.1:$port" --listen "tcp:${agent#http://}" >>agent.log 2>&1 &
children="$children $!"
is "takes effect" 0 -- upgrade wait store --timeout 10m
soon "the checkpoint of a day" -- chain checkpoint store --max-age 1m --out old.note
is "and the chain of then" 0 -- chain export store --file old.chain
at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
watched "an honest server" 0 chain.followed -- "$chain" --server "$liar" --state s --root sim/root.pem
WHO=stranger
watched "a stranger's first visit" 0 chain.followed -- "$chain" --server "$liar" --state t --root sim/root.pem
cp -r t early

# nobody lies: it is the watcher's own clock
fake=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null)
if [ -n "$fake" ]; then
	right=$VARS
	VARS="$VARS LD_PRELOAD=$fake FAKETIME=-2h FAKETIME_DONT_FAKE_MONOTONIC=1"
	cp -r t late
	watched "a clock that is behind accuses nobody" 0 "" -- "$chain" --server "$liar" \
		--state late --root sim/root.pem
	watched "but cannot say how old something is" 3 chain.wrong -- "$chain" --server "$liar" \
		--state late --root sim/root.pem --max-age 1h
	says "in words" out "this machine's clock is wrong, or the witnesses' are"
	VARS=$right
else
	echo "skipped faketime is not here"
fi
WHO=home

# it hides the newest entry
is "a change is staged" 0 -- upgrade stage store --pcrs v2.json --key a.key --yes --activate-after 1h
is "noticed, in the open" 0 -- upgrade wait store --for noticed --timeout 10m
soon "and witnessed" -- chain checkpoint store --max-age 1m
WHO=reader
is "a reader looks" 0 -- chain head "$chain" --server "$liar" --root sim/root.pem
WHO=home
watched "who follows is told" 20 "upgrade.staged upgrade.noticed" -- "$chain" --server "$liar" --state s --root sim/root.pem
cp old.chain liar/$chain.entries
cp old.note liar/$chain.checkpoint
watched "it hides them from who saw them" 3 chain.wrong -- "$chain" --server "$liar" --state s --root sim/root.pem
says "in words" out 'The server hides entries: it shows fewer of this chain than the 5 that were verified here before'
WHO=reader
is "and from a reader who was here before" 3 tail_hidden -- chain checkpoint "$chain" --server "$liar" \
	--root sim/root.pem --from "$(cat w1.url)" --evidence seen.note
grep -q '^5$' seen.note && grep -q '^3$' seen.note.server && echo "ok - both checkpoints are kept" || fail both
WHO=home
watched "that is told once" 3 "" -- "$chain" --server "$liar" --state s --root sim/root.pem
WHO=stranger
watched "it hides them from others, who see no change" 0 "" -- "$chain" --server "$liar" --state t --root sim/root.pem
encl chain checkpoint "$chain" --server "$liar" --root sim/root.pem
[ $? -eq 0 ] && echo "ok - and nothing is wrong with its own checkpoint" || fail own
is "but the witness knows better" 3 tail_hidden -- chain checkpoint "$chain" --server "$liar" \
	--root sim/root.pem --from "$(cat w1.url)" --evidence hidden.note
says "in words" err 'has seen 5 entries, and the server shows 3'
grep -q "^log.example.com/$chain" hidden.note && echo "ok - what the log signed is kept" || fail evidence
sleep 2
is "and it grows stale" 3 checkpoint_stale -- chain checkpoint "$chain" --server "$liar" --root sim/root.pem --max-age 1s
watched "which a watcher tells" 3 chain.wrong -- "$chain" --server "$liar" --state t --root sim/root.pem --max-age 1s
says "in words" out 'Nobody vouches any more that this is the newest'
WHO=home
rm liar/$chain.*
watched "when it is honest again that is told, too" 20 chain.right -- "$chain" --server "$liar" --state s --root sim/root.pem

# it keeps a reader waiting until what was young is not
soon "a young checkpoint" -- chain checkpoint store --max-age 2s --out young.note
cp young.note liar/$chain.checkpoint
echo 5 >liar/$chain.late
is "it is judged by when it was asked for" 3 checkpoint_stale -- chain checkpoint "$chain" --server "$liar" \
	--root sim/root.pem --max-age 4s
[ ! -e liar/$chain.late ] && echo "ok - after what came first" || fail late
rm liar/$chain.checkpoint

# last week's chain, as a file
encl chain verify old.chain --root sim/root.pem --pin "$chain" --level fresh
[ $? -eq 0 ] || fail "fresh at first"
encl chain verify old.chain --root sim/root.pem --pin "$chain" --level fresh --at "$(date -u -d '+7 days' +%Y-%m-%dT%H:%M:%SZ)"
[ $? -eq 3 ] && grep -q checkpoint_stale out && echo "ok - last week's chain is not fresh" || fail "last week"

# a server that has more signed than it shows
encl chain checkpoint store --out new.note
cp old.chain liar/$chain.entries
cp new.note liar/$chain.checkpoint
cp -r early ahead
WHO=stranger
watched "a checkpoint of more than it shows" 3 chain.wrong -- "$chain" --server "$liar" --state ahead --root sim/root.pem
says "in words" out 'The server hides entries'
WHO=home
rm liar/$chain.*

# it swallows a revocation
touch liar/$chain.mute
is "a revocation goes to the agent as well" 0 -- upgrade revoke "$chain" --server "$liar" --root sim/root.pem \
	--reason 'not ours' --key g.key --yes --agent "$agent" --agent http://127.0.0.1:9 --out rv
says "the agent verified it" err "agent $agent: verified it, and does not release the stage"
says "who did not take it is said" err 'agent http://127.0.0.1:9 DID NOT TAKE IT'
is "the chain does not have it" 0 -- upgrade show store -o json
watched "a watcher with the file knows" 20 "" -- "$chain" --server "$liar" --state s --root sim/root.pem --revocation rv
is "export" 0 -- chain export store --file swallowed.chain
encl chain verify swallowed.chain --root sim/root.pem --pin "$chain" --revocation rv -o json
json "held is a result of its own" 'j["verdict"] == "held" and j["pending"]["held"] is True'
is "nobody took it" 8 network -- upgrade submit rv --server http://127.0.0.1:9 --agent http://127.0.0.1:9
is "a mirror does" 0 -- upgrade submit rv --server http://127.0.0.1:9 --mirror "$ENCLD_URL" -o json
json "each answer is there" '[p["code"] for p in j["places"]] == ["network", "ok"]'
rm liar/$chain.mute
watched "now everybody is told" 0 upgrade.revoked -- "$chain" --server "$liar" --state s --root sim/root.pem

# a key that it holds is to revoke, and others are to hear of it
printf 'name: held\nimage: r.example.org/held:1\n' >held.yaml
is "a key that the server holds" 0 -- key generate server:held
is "is a guardian" 0 -- enclave create -f held.yaml --control-key file:a.key \
	--guardian-key server:held --guardian-key file:g.key --min-delay 1s --root sim/root.pem --yes
held=$(cat out)
is "stage" 0 -- upgrade stage held --pcrs v1.json --key a.key --yes
before=$VARS VARS="$VARS ENCL_TOKEN_FILE=$T/token"
touch liar/unsigned
is "it does not let it sign, and says nothing" 8 answer_bad -- upgrade revoke "$held" --server "$liar" \
	--root sim/root.pem --reason 'not ours' --key server:held --yes --agent "$agent" --out never
[ ! -e never ] && echo "ok - and nothing was sent" || fail never
is "nor when another key has signed" 8 answer_bad -- upgrade revoke "$held" --server "$liar" \
	--root sim/root.pem --reason 'not ours' --key g.key --key server:held --yes --agent "$agent"
says "what is left to do is said" err "leave out the server's key"
rm liar/unsigned
is "it does, and keeps the draft" 0 -- upgrade revoke "$held" --server "$liar" \
	--root sim/root.pem --reason 'not ours' --key server:held --yes --out held.rv
VARS=$before
is "whoever has it can send it" 0 -- upgrade submit held.rv --server "$ENCLD_URL"

# two histories, by whoever has a log's key: the log here is the test's own
log=$("$BUILD/tests/tools/testlog" family seed two.example.com)
is "a chain under that log" 0 -- enclave create -f store.yaml --control-key file:a.key --no-upgrades \
	--key file:a.key --root sim/root.pem --yes --sign-only g.st --accept-risk freeze,one-signature \
	--witness "$(cat w1.vkey)" --log "$log"
two=$(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$top/tests/api" python3 -c 'import cbor, hashlib, sys
sys.path.insert(0, "'"$top"'/tests/cli")
b = open("g.st", "rb").read()
# [ "encl/1/statement", payload, proofs ]
rest = b[1 + 1 + len("encl/1/statement"):]
e = cbor.head(4, 6) + cbor.encode("encl/1") + cbor.encode(b"") + cbor.encode(0) + cbor.encode(b"") + rest
open("two.chain", "wb").write(e)
print(hashlib.sha256(b"\0" + e).hexdigest())')
origin=two.example.com/$two
vkey=$("$BUILD/tests/tools/testlog" vkey seed "$origin")
"$BUILD/tests/tools/testlog" root seed "$origin" 1 "$two" >one.note
"$BUILD/tests/tools/testlog" root seed "$origin" 1 another >other.note
cp two.chain liar/$two.entries
cp one.note liar/$two.checkpoint
watched "one history" 0 chain.followed -- "$two" --server "$liar" --state s2 --root sim/root.pem
cp other.note liar/$two.checkpoint
watched "another, of the same length" 3 chain.wrong -- "$two" --server "$liar" --state s2 --root sim/root.pem
says "in words" out 'The log has signed two histories of one length'
evidence=$(python3 -c 'import json; print(json.load(open("out"))["evidence"])')
rm -rf s3
cp one.note liar/$two.checkpoint
watched "and where the entries are others, too" 0 chain.followed -- "$two" --server "$liar" --state s3 --root sim/root.pem
cp old.chain liar/$two.entries
cp other.note liar/$two.checkpoint
watched "two histories" 3 chain.wrong -- "$two" --server "$liar" --state s3 --root sim/root.pem
says "that is seen" out 'The server shows another history'
cmp -s s3/$two/evidence/pin_missing-1.split "$evidence" && echo "ok - with what convicts" || fail convicts
is "the evidence convicts" 0 -- chain split "$evidence" --log "$vkey"
says "in words" out CONVICTED
is "not somebody else" 3 -- chain split "$evidence" --log "$(cat w1.vkey)"
encl chain verify two.chain --root sim/root.pem --pin "$two" --split "$evidence" -o json
[ $? -eq 3 ] && grep -q '"code": "split"' out && echo "ok - nor does the chain count any more" || fail "chain verify --split"
is "a watcher who saw the first one compares" 0 -- watch --compare one.note --state s2
is "and with the other" 3 split -- watch --compare other.note --state s2
cmp -s "$(cat out)" "$evidence" && echo "ok - finds the same evidence" || fail compare
"$BUILD/tests/tools/testlog" root seed "elsewhere.example.com/$two" 1 another >elsewhere.note
is "a log of another name is no other word for it" 3 checkpoint_origin -- watch --compare elsewhere.note --state s2
silent "and never the same history" err 'the same history'
is "what was never seen is not compared" 5 not_found -- watch --compare old.note --state s2
is "two people who compare" 0 -- chain split one.note other.note --out pair.split
cmp -s pair.split "$evidence" && echo "ok - come to the same evidence" || fail pair
is "one history is no evidence" 3 proof_order -- chain split one.note one.note --out none.split
is "nor is damaged evidence" 3 -- chain split rv --log "$vkey"

# what a witness shows besides is evidence when the log has signed it
cp two.chain liar/$two.entries
cp one.note liar/$two.checkpoint
cp other.note liar/witness
is "a witness has seen another history" 3 checkpoint_root -- chain checkpoint "$two" --server "$liar" \
	--root sim/root.pem --from "$liar" --evidence shown.split
says "which the log has signed" err 'signed by one log'
cmp -s shown.split "$evidence" && echo "ok - with the same evidence" || fail shown
"$BUILD/tests/tools/testlog" root thief "$origin" 1 another >liar/witness
is "a witness makes one up" 3 checkpoint_sig -- chain checkpoint "$two" --server "$liar" \
	--root sim/root.pem --from "$liar" --evidence made-up.note
silent "which accuses no log" err 'two histories'
cmp -s made-up.note liar/witness && echo "ok - but is kept" || fail made-up
rm liar/witness liar/$two.*

# two histories of two lengths: with the entries of the longer one
cat two.chain two.chain two.chain >three.chain
"$BUILD/tests/tools/testlog" root seed "$origin" 3 "$(python3 -c 'import hashlib, sys
leaf = bytes.fromhex(sys.argv[1])
node = lambda l, r: hashlib.sha256(b"\1" + l + r).digest()
print(node(node(leaf, leaf), leaf).hex())' "$two")" >three.note
is "which two checkpoints alone do not show" 3 split_none -- chain split other.note three.note --out grown.split
says "in words" err "the larger one's entries are needed too"
is "with the entries they do" 0 -- chain split other.note three.note --chain three.chain --out grown.split
is "in any order" 0 -- chain split three.note other.note --chain three.chain --out again.split
cmp -s grown.split again.split && echo "ok - with one result" || fail again
is "it convicts" 0 -- chain split grown.split --log "$vkey"
says "in words" out 'has signed two histories of 1 entries'
says "and says of what" out 'with which one of 3 begins'
is "not somebody else" 3 -- chain split grown.split --log "$(cat w1.vkey)"
encl chain verify two.chain --root sim/root.pem --pin "$two" --split grown.split -o json
[ $? -eq 3 ] && grep -q '"code": "split"' out && echo "ok - nor does the chain count" || fail "chain verify --split"
is "a log that grew convicts nobody" 3 split_none -- chain split one.note three.note --chain three.chain --out grew.split
is "nor does it with entries that it never had" 3 merkle_proof -- chain split one.note three.note --chain old.chain --out grew.split
is "nor with too few" 3 checkpoint_size -- chain split one.note three.note --chain two.chain --out grew.split
[ ! -e grew.split ] && echo "ok - and nothing was written" || fail "grew.split"

# notes that anybody could have made convict nobody
sed 's/store/plain/' store.yaml >plain.yaml
is "a chain without witnesses" 0 -- enclave create -f plain.yaml --control-key file:a.key \
	--guardian-key file:g.key --min-delay 1s --root sim/root.pem --yes
plain=$(cat out)
"$BUILD/tests/tools/testlog" root made-up "log.example.com/$plain" 1 "$plain" >liar/$plain.checkpoint
watched "a note in nobody's name" 0 chain.followed -- "$plain" --server "$liar" --state p --root sim/root.pem
"$BUILD/tests/tools/testlog" root made-up "log.example.com/$plain" 1 another >liar/$plain.checkpoint
watched "and another" 3 chain.wrong -- "$plain" --server "$liar" --state p --root sim/root.pem
says "is no word of the log's" out 'No policy names its log'
silent "and convicts nobody" out 'signed two histories'

# another history, entries and all
cat two.chain two.chain two.chain two.chain two.chain two.chain two.chain two.chain >liar/$chain.entries
watched "another chain in its place" 3 chain.wrong -- "$chain" --server "$liar" --state s --root sim/root.pem
says "in words" out 'The server shows another history: entry 5'
ls s/$chain/evidence/pin_missing-6.entries >names && echo "ok - what was shown is kept" || fail kept
rm liar/$chain.entries
watched "what was verified was not overwritten" 0 chain.right -- "$chain" --server "$liar" --state s --root sim/root.pem

# as it happens, not when it is asked
env -i HOME="$T/home" "$BUILD/bin/encl" watch store --state live -o json --interval 1h >live.out 2>live.err &
watcher=$!
children="$children $watcher"
started live.out chain.followed
is "something happens" 0 -- upgrade stage store --pcrs v2.json --key a.key --yes --activate-after 1h
comes grep -q upgrade.staged live.out && echo "ok - a watcher hears of it at once" || fail heard
kill "$watcher" && wait "$watcher"
[ $? -eq 0 ] && echo "ok - and ends when it is told to" || fail "watcher"

# away, and back
touch liar/down
watched "away" 8 chain.unreachable -- "$chain" --server "$liar" --state s --root sim/root.pem
rm liar/down

# killed while it writes
for i in 1 2 3 4 5 6 7 8; do
	rm -rf k
	env -i HOME="$T/home" "$BUILD/bin/encl" watch "$chain" --server "$liar" \
		--state k --root sim/root.pem --interval 10ms >killed 2>&1 &
	sleep 0.0$i
	kill -KILL $! && wait $! 2>/dev/null
	encl watch "$chain" --server "$liar" --state k --root sim/root.pem --once
	[ $? -eq 20 ] || fail "kill $i"
done
echo "ok - a watcher that is killed goes on"
exit $bad
