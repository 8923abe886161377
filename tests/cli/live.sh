#!/bin/sh
# SPDX-License-Identifier: ISC
# encl attest live: what runs, asked through encl-countersign, Evervault's and
# Enclaver's interfaces, beside the moments of an upgrade.
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. tests/lib/cli.sh
T=$(mktemp -d) || exit 1
trap 'kill $children 2>/dev/null; rm -rf "$T"' EXIT
cd "$T" || exit 1
umask 077
VARS=
"$B/tests/tools/chain_moments" . || exit 1
chain=$(encl chain measurements --chain before --root root.der && sed -n 's/.*"chain": "\(.*\)".*/\1/p' out)
for v in before after; do
	encl chain measurements --chain $v --root root.der --format evervault
	python3 -c 'import json
print(json.dumps(json.load(open("out"))[-1]))' >$v.pcrs
done
pcrs d1 d2 d3 >strange.pcrs
R='--root root.der'

fake() { # NAME PCRS [FAULT]: a runtime's interfaces, at $url
	fake_runtime "$@"
	url=$api
}
countersign() { # NAME PCRS [CHAIN]: encl-countersign, at $url
	port=$(free_port)
	"$B/bin/encl-countersign" --chain "${3:-$chain}" --nsm sim:sim --root root.der \
		--sim-pcrs "$2" --listen "tcp:127.0.0.1:$port" >"$1.log" 2>&1 &
	children="$children $!"
	started "$1.log" listening
	url=tcp:127.0.0.1:$port
}
live() { # NAME EXIT STATUS CHAIN ARGS...
	name=$1 want=$2 status=$3 file=$4
	shift 4
	is "$name" "$want" -- attest live --chain "$file" $R --url "$url" "$@" -o json
	json "  $status" "j['status'] == '$status' and j['may_run'] == ($want == 0)"
}

fake old before.pcrs
old=$url
fake new after.pcrs
new=$url
fake strange strange.pcrs
strange=$url
for via in evervault enclaver; do
	url=$old
	live "$via: in force" 0 in_force before --via $via
	live "$via: still, while the window runs" 0 in_force window --via $via
	live "$via: still, during the hand-over" 0 in_force handover --via $via
	live "$via: retired" 3 retired after --via $via
	url=$new
	live "$via: pending, and too early" 3 pending window --via $via
	live "$via: pending, and handed over to" 0 pending handover --via $via
	live "$via: in force afterwards" 0 in_force after --via $via
	live "$via: unknown before" 3 unknown before --via $via
	url=$strange
	live "$via: unknown" 3 unknown after --via $via
done
url=$old
is "as text" 0 -- attest live --chain before $R --url "$url/" --via enclaver
says "the status" out '^status      in_force, version '
says "challenged" out 'after our challenge'
says "and what else could be asked for" err 'receipts among them'
is "as text" 3 live_other -- attest live --chain after $R --url "$url" --via evervault
says "no challenge" out 'to no challenge'
is "another root" 3 -- attest live --chain before --url "$url" --via enclaver
is "no place" 2 usage -- attest live --chain before $R
is "nobody there" 8 network -- attest live --chain before $R --url http://127.0.0.1:1 --via enclaver

# Over TLS: the document names the key of who was attested.
for k in own other; do
	openssl req -x509 -newkey rsa:2048 -nodes -keyout $k.key -out $k.pem -days 9 \
		-subj /CN=$k -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	cat $k.key $k.pem >$k.tls
	openssl x509 -in $k.pem -noout -pubkey | openssl pkey -pubin -outform DER -out $k.spki
done
cp own.tls none.tls
cp other.tls relay.tls
cp own.spki relay.spki # somebody with a certificate hands on what he was given,
# or, as in none, a document that was made for something else
for k in own other relay none; do
	fake tls-$k before.pcrs $k.tls
	url=https${url#http}
	case $k in own | none) ca=own.pem ;; *) ca=other.pem ;; esac
	set -- attest live --chain before $R --url "$url" --via evervault --ca-file $ca
	case $k in
	own | other)
		is "over TLS, $k" 0 -- "$@" -o json
		json "  by its own key" "j['tls_key'] is True"
		;;
	*) is "over TLS, $k" 3 live_tls_key -- "$@" ;;
	esac
done
is "of an authority that nobody named" 8 network -- attest live --chain before $R \
	--url "$url" --via evervault

for f in junk error large old; do
	fake fault-$f before.pcrs $f
	case $f in
	junk) want=3 ;;
	old) want="3 live_nonce" ;;
	*) want="8 answer_bad" ;;
	esac
	is "an answer that is $f" $want -- attest live --chain before $R --url "$url" --via enclaver
done
printf '{"Measurements":{"PCR0":"%096d","PCR1":"%096d","PCR2":"%096d"}}' 0 0 0 >debug.pcrs
fake debug debug.pcrs
is "a debug enclave" 3 doc_debug -- attest live --chain before $R --url "$url" --via evervault

# through our own program, whose document says how far it knows the chain
countersign c-old before.pcrs
live "countersign: in force" 0 in_force before --via countersign
live "countersign: it is fed what is new" 0 in_force handover
json "  and was challenged" 'j["challenged"] is True and j["document"]["nonce"] is not None'
is "it knows more than this file" 6 live_ahead -- attest live --chain before $R --url "$url"
says "how much more" err 'It knows [0-9]* entries, and here there are [0-9]*'
says "what to do" err 'hint: fetch the chain again'
mkdir late
cp before handover late/
python3 "$top/tests/cli/hostile_server.py" late &
children="$children $!"
started late/port .
S=http://127.0.0.1:$(cat late/port)
: >late/asked
echo "chain before $chain" >late/mode
WHO=late is "nor is a server that keeps them back believed" 6 live_ahead -- attest live "$chain" $R \
	--url "$url" --server "$S"
: >late/asked
cp handover late/grown
echo "grows before $chain" >late/mode
WHO=late is "a chain that went on meanwhile is fetched again" 0 -- attest live "$chain" $R \
	--url "$url" --server "$S" -o json
json "and the enclave is in force" 'j["status"] == "in_force" and j["challenged"]'
countersign c-new after.pcrs
live "countersign: pending" 0 pending handover
live "countersign: in force" 0 in_force after
countersign c-other before.pcrs "$(printf '%064d' 7)"
is "of another chain" 3 chain_foreign -- attest live --chain before $R --url "$url"
is "no address" 2 usage -- attest live --chain before $R --url "$old"
exit $bad
