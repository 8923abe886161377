#!/bin/sh
# SPDX-License-Identifier: ISC
# encl attest verify on every document of the vectors: exit code and verdict.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
V=$PWD/../shared/vectors
if ! [ -d "$V/attestation" ]; then
	echo 'skipped attest-verify'
	exit 77
fi
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
bad=0

encl() {
	env -i "$B/bin/encl" attest verify "$@" -o json >"$T/out" 2>"$T/err"
}
fail() {
	echo "not ok - $*"
	cat "$T/out" "$T/err"
	bad=1
}
# is NAME accept|refuse|CODE ARGS...
is() {
	name=$1 want=$2
	shift 2
	encl "$@"
	rc=$?
	code=$(sed -n 's/^  "code": "\([a-z_]*\)".*/\1/p' "$T/out")
	case $want in
	accept) [ $rc -eq 0 ] && grep -q '"verdict": "ok"' "$T/out" ;;
	refuse) [ $rc -eq 3 ] && grep -q '"verdict": "refused"' "$T/out" ;;
	*) [ $rc -eq 3 ] && [ "$code" = "$want" ] ;;
	esac && echo "ok - $name" || fail "$name: exit $rc, code $code"
}

for f in "$V"/attestation/valid/*.cose; do
	is "valid/${f##*/}" accept "$f"
done
for f in "$V"/attestation/debug/*.cose; do
	is "debug/${f##*/}" doc_debug "$f"
	is "debug/${f##*/} with --allow-debug" accept "$f" --allow-debug
done
for f in "$V"/attestation/nitrotpm/*.cose; do
	is "nitrotpm/${f##*/}" doc_nitrotpm "$f" --allow-debug
	grep -q '"kind": "nitrotpm"' "$T/out" && [ "$(grep -c '^    "[0-9]*": "[0-9a-f]\{96\}"' "$T/out")" -eq 24 ] &&
		echo "ok - shown as what it is" || fail "what it is"
	is "nitrotpm/${f##*/} with --nitrotpm" accept "$f" --nitrotpm
	is "years later it is not live" cert_expired "$f" --nitrotpm --live
	is "nor of another root" doc_root "$f" --nitrotpm --root "$V/attestation-synthetic/root.der"
done
for f in "$V"/attestation/invalid/*.cose; do
	is "invalid/${f##*/}" refuse "$f" --allow-debug
done
is "an enclave's is no NitroTPM's" doc_field_missing \
	"$(ls "$V"/attestation/valid/*.cose | head -n 1)" --nitrotpm
S=$V/attestation-synthetic
# What the index leaves to policy, the profile decides: unknown keys pass.
for f in "$S"/*.cose; do
	case ${f##*/} in
	ok-* | policy-unknown-key.cose) want=accept ;;
	*) want=refuse ;;
	esac
	is "synthetic ${f##*/}" $want "$f" --root "$S/root.der"
done
f=$S/ok-indefinite.cose
is 'the AWS root does not vouch for it' doc_root "$f"
is 'both roots may be named' accept "$f" --root aws --root "$S/root.der"
is 'years later it is not live' cert_expired "$f" --root "$S/root.der" --live

f=$(ls "$V"/attestation/valid/*.cose | head -n 1)
cp "$f" "$T/raw"
encl "$T/raw"
cp "$T/out" "$T/one"
same() {
	cmp -s "$T/out" "$T/one" && echo "ok - $1" || fail "$1"
}
{ printf '\n  '; base64 "$T/raw"; } >"$T/base64"
base64 -w0 "$T/raw" | tr -d = | tr +/ -_ >"$T/base64url"
od -An -v -tx1 "$T/raw" >"$T/hex"
for x in base64 base64url hex; do
	encl "$T/$x"
	same "$x is the same document"
done
env -i "$B/bin/encl" attest verify - -o json <"$T/base64" >"$T/out" 2>"$T/err"
same 'so is standard input'
openssl x509 -inform DER -in "$V/attestation/aws-nitro-root-g1.der" >"$T/pem" 2>/dev/null &&
	encl "$T/raw" --root "$T/pem" && same 'a root in PEM is as good'

# fields are there on refusal too, as far as they were read
is 'a document with a bad signature still shows itself' doc_sig "$S/bad-sig-bit.cose" --root "$S/root.der"
grep -q '"module_id": "i-0123456789abcdef0-enc0123456789abcdef"' "$T/out" &&
	grep -q '"timestamp": 1780315323456' "$T/out" &&
	grep -q '"time": "2026-06-01T12:02:03.456Z"' "$T/out" &&
	grep -q '"debug": false' "$T/out" &&
	echo 'ok - with its fields' || fail 'with its fields'
printf 'hello' >"$T/junk"
is 'junk is refused' refuse "$T/junk"
for x in module_id timestamp time pcrs debug user_data nonce public_key; do
	grep -q "\"$x\": null" "$T/out" || fail "$x of junk is not null"
done
: >"$T/empty"
is 'nothing is refused' refuse "$T/empty"
encl "$T/nothere"
[ $? -eq 5 ] && echo 'ok - a missing file is no verdict' || fail 'a missing file is no verdict'
encl "$T/raw" --root "$T/junk"
[ $? -eq 2 ] && echo 'ok - a root must be a certificate' || fail 'a root must be a certificate'
exit $bad
