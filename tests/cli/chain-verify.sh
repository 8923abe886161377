#!/bin/sh
# SPDX-License-Identifier: ISC
# encl chain verify on chain files: exit codes, verdicts and codes.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
# no configuration, no network: nothing of the caller's may matter
env -i "$B/tests/tools/chain_file" "$T" || exit 1
cd "$T" || exit 1
. ./names
bad=0

encl() {
	env -i HOME=/nonexistent "$B/bin/encl" chain verify "$@" --root root.der
}

# is NAME EXIT CODE ARGS...: with the JSON in $T/out
is() {
	name=$1 want=$2 code=$3
	shift 3
	encl "$@" -o json >out 2>err
	rc=$?
	got=$(sed -n 's/^  "code": "\([a-z_]*\)".*/\1/p' out)
	if [ $rc -eq "$want" ] && [ "$got" = "$code" ]; then
		echo "ok - $name"
	else
		echo "not ok - $name: exit $rc, code $got"
		cat out err
		bad=1
	fi
}
has() {
	if grep -q "$2" out; then
		echo "ok - $1"
	else
		echo "not ok - $1: no $2"
		cat out
		bad=1
	fi
}
other_id=$(echo "$chain" | tr 0123456789abcdef 123456789abcdef0)

is 'a good chain verifies' 0 ok good.cbor --pin "$chain"
has 'and is pinned' '"pinned": true'
has 'and says what is in force' '"version": "v3"'
has 'and has all entries' "\"entries\": $entries"
cp out one
is 'one thread says the same' 0 ok good.cbor --pin "$chain" --threads 1
cmp -s out one && echo 'ok - to the byte' || { echo 'not ok - to the byte'; bad=1; }
is 'from a pipe as well' 0 ok - --pin "$chain" <good.cbor
is 'a chain without a pin verifies' 0 ok good.cbor
has 'and says that it is not pinned' '"pinned": false'
has 'and that its identity was not checked' 'no id was pinned'
encl good.cbor | grep -q 'NOT PINNED' && echo 'ok - loudly' || { echo 'not ok - loudly'; bad=1; }

is 'a chain of somebody else is refused' 3 pin_mismatch other.cbor --pin "$chain"
is 'and verifies under its own name' 0 ok other.cbor
is 'the remembered entry is asked for' 0 ok good.cbor --pin-entry "$last"
is 'a missing tail is found by it' 3 pin_missing short.cbor --pin-entry "$last"
is 'and only by it' 0 ok short.cbor
is 'a swapped entry is found' 3 pin_missing good.cbor --pin-entry "10:$other_id"
is 'an altered document is refused' 3 doc_sig spoilt.cbor
has 'where it is' '"failed_at": 8'
has 'with its kind' '"failed_kind": "receipt"'
is 'level signed does not look at it' 3 prev_wrong spoilt.cbor --level signed
is 'an early release is refused' 3 too_early early.cbor
is 'a dropped revocation leaves a gap' 3 seq_wrong dropped.cbor
is 'with it the chain verifies' 0 ok revoked.cbor
is 'level signed verifies signatures' 0 ok good.cbor --level signed
has 'and says what it did not' 'read and not verified'
env -i "$B/bin/encl" chain verify good.cbor -o json >out 2>err
[ $? -eq 3 ] && grep -q '"code": "root_foreign"' out && grep -q -e --root err &&
	echo "ok - a simulator's root is not trusted by default" ||
	{ echo "not ok - a simulator's root is not trusted by default"; bad=1; }

is 'a stage is pending' 0 ok pending.cbor
has 'and not held' '"held": false'
is 'a revocation beside the chain holds it' 0 ok pending.cbor --revocation revocation.cbor
has 'which is a result of its own' '"verdict": "held"'
has 'and what is in force stays' '"version": "v3"'
has 'which is said' '"held": true'
cat revocation.cbor pending.cbor >bundle.cbor
is 'a bundle brings its own revocations' 0 ok bundle.cbor
has 'which hold as well' '"held": true'
is 'the same completed is not disputed' 0 ok disputed.cbor
has 'without the revocation' '"verdict": "ok"'
is 'with it, it is disputed and verifies' 0 ok disputed.cbor --revocation revocation.cbor
has 'and says so' '"verdict": "disputed"'
is 'unless a client refuses that' 3 disputed disputed.cbor --revocation revocation.cbor --refuse-disputed

is 'expected PCRs in force' 0 ok good.cbor --pin "$chain" --pcrs pcrs.json
is 'other PCRs are refused' 3 pcrs_other good.cbor --pin "$chain" --pcrs pcrs-old.json
encl good.cbor --pcrs pcrs.json >out 2>err
[ $? -eq 2 ] && grep -q pin_needed err && echo 'ok - PCRs without a chain id prove nothing' ||
	{ echo 'not ok - PCRs without a chain id prove nothing'; bad=1; }

is 'a first visit is remembered' 0 ok short.cbor --state seen
is 'a longer chain moves it on' 0 ok good.cbor --state seen
has 'and that counts as a pin' '"remembered": true'
is 'a shorter one is refused' 3 pin_missing short.cbor --state seen
is 'and forgets nothing' 0 ok good.cbor --state seen
is 'another chain is refused' 3 pin_mismatch other.cbor --state seen

is 'public is refused where no witness is' 3 level good.cbor --level public
is 'fresh likewise' 3 level good.cbor --level fresh
is 'by itself it is attested' 0 ok good.cbor
has 'and says so' '"level": "attested"'

: >empty
is 'an empty file is no chain' 3 chain_empty empty
head -c 20000 good.cbor >cut
is 'a cut file is refused' 3 cbor_truncated cut
head -c 70000 /dev/zero >zero
is 'zeros are refused' 3 item_unknown zero
{ cat good.cbor; cat revocation.cbor; } >late
is 'a statement after entries is refused' 3 item_order late
usage() {
	name=$1
	shift
	encl "$@" >out 2>err
	rc=$?
	[ $rc -eq 2 ] && echo "ok - $name" || { echo "not ok - $name: exit $rc"; bad=1; }
}
usage 'a pin is 64 digits' good.cbor --pin 12
usage 'an entry is SEQ:ID' good.cbor --pin-entry "$chain"
usage 'a revocation file holds one' good.cbor --revocation good.cbor
usage 'threads are a number' good.cbor --threads 0
usage 'levels are four' good.cbor --level high
usage 'an age is for fresh' good.cbor --max-age 1h
usage 'and a checkpoint, which would be passed over' good.cbor --checkpoint good.cbor
usage 'evidence against a log needs one' good.cbor --split good.cbor
usage 'one file' good.cbor good.cbor
encl nothere.cbor >out 2>err
[ $? -eq 5 ] && echo 'ok - a missing file is not a failed chain' ||
	{ echo 'not ok - a missing file is not a failed chain'; bad=1; }
exit $bad
