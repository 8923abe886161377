#!/bin/sh
# SPDX-License-Identifier: ISC
# The README's table of what encl works with: the command of each row runs as
# it stands, on a chain with a release in force.  Broken when one does not do
# what its row says.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/cli.sh
. tests/lib/table.sh
cli_start
VARS="ENCL_SERVER=$ENCLD_URL ENCL_TOKEN_FILE=$T/token ENCL_YES=1
	ENCL_ROOT=$T/sim/root.pem ENCL_PASSPHRASE_FILE=$T/pass"

# What the commands find.
D=$top/tests/definition
cp "$D/enclaver-0/vault.yaml" policy.yaml
cp "$D/evervault-1/full.toml" enclave.toml
cp "$D/enclavia-create-1/full.json" create.json
cp "$D/enclavia-egress-1/full.json" egress.json
cp "$D/containment-chamber-1/full.yaml" values.yaml
cp "$D/containment-chamber-config-1/seed.json" config.json
cp "$D/nitro-cli-run-1/full.json" run.json
python3 "$top/tests/cli/image_parts.py" "$T" || exit 1
mv kernel bzImage
mv boot boot.cpio
is "a key" 0 -- key generate a.key
printf 'name: payments\nimage: registry.example.org/payments:1\n' >payments.yaml
is "an enclave" 0 -- enclave create -f payments.yaml --control-key file:a.key --threshold 1 --min-delay 1s
chain=$(cat out)
is "its image" 0 -- build --kernel bzImage --cmdline console=ttyS0 --boot boot.cpio \
	--root one.tar --cmd /bin/app --chain-id "$chain" --definition payments.yaml --out app.eif
is "its measurements" 0 -- measure app.eif -o json
cp out pcrs.json
python3 -c 'import json
m = {k: v for k, v in json.load(open("pcrs.json")).items() if k in ("PCR0", "PCR1", "PCR2")}
print(json.dumps({"EifVersion": 4, "Measurements": {"HashAlgorithm": "Sha384 { ... }", **m},
	"IsSigned": False, "CheckCRC": True, "ImageName": "app"}))' >describe.json
is "its release" 0 -- upgrade stage payments --eif app.eif --version 1.0 --key file:a.key
runtime enclaver pcrs.json
enclaver=$api
is "in force" 0 -- upgrade wait payments --timeout 10m
fake_runtime evervault pcrs.json
evervault=$api

# row TEXT: the command of the row with that text, in $cmd
row() {
	table_row "$1" && cmd=$(table_cell 3)
}
# works TEXT: it does what it says, with stdout in out
works() {
	row "$1" || return
	env -i HOME="$T/home" PATH="$B/bin:$PATH" $VARS URL="$url" \
		sh -ec "$cmd" >out 2>err </dev/null && echo "ok - $cmd" || fail "$cmd"
}
imported() { # FILE FORMAT
	works "import $1"
	says "as $2" err "imported as $2\$"
}
# receipts KIND: its images make them, with the row's command
receipts() {
	row "nsm $1"
	address=tcp:127.0.0.1:$(free_port)
	cmd="exec $cmd --root $T/sim/root.pem" # no simulator's root is built in
	env -i PATH="$B/bin:$PATH" PORT="${url##*:}" CHAIN="$chain" ADDRESS="$address" \
		sh -ec "$cmd" >countersign.$1 2>&1 &
	children="$children $!"
	started countersign.$1 listening
	is "$cmd" 0 -- attest live payments --url "$address" -o json
	json "is in force, and made a receipt" \
		'j["status"] == "in_force" and "live" in __import__("base64").b64decode(j["document"]["user_data"]).decode("latin1")'
}

table_open "$top/README.md" works
imported policy.yaml enclaver/0
imported enclave.toml evervault/1
imported create.json enclavia-create/1
imported egress.json enclavia-egress/1
imported values.yaml containment-chamber/1
imported config.json containment-chamber-config/1
imported run.json nitro-cli-run/1
url=$enclaver
works "via enclaver"
says "is in force" out '^status *in_force'
receipts enclaver
url=$evervault
works "via evervault"
says "is in force" out '^status *in_force'
receipts evervault
works "format evervault"
json "what a provider returns" 'j[0]["PCR0"] == json.load(open("pcrs.json"))["PCR0"]'
works "against describe.json"
works "against payments"
says "compared with the release in force" out '^EQUAL   version 1.0 of payments'
works "root oci"
is "twice, it is the same" 0 -- build --kernel bzImage --cmdline console=ttyS0 --boot boot.cpio \
	--root oci --out again.eif
cmp -s oci.eif again.eif && echo "ok - byte for byte" || fail "oci.eif"
works "format terraform"
works "against encl.auto.tfvars.json"
works "kms policy"
works "kms lint"
# document FOLDER FILE SAYS: the row that verifies FILE, with a real one
document() {
	real=$(ls "$top/../shared/vectors/attestation/$1"/*.cose 2>/dev/null | head -n 1)
	if [ -n "$real" ]; then
		cp "$real" "$2"
		works "verify $2"
		says "as what it is" out "$3"
	else
		table_row "verify $2"
		echo "skipped $2: there is no real one here"
	fi
}
document valid enclave.doc '^OK$'
document nitrotpm tpm.doc "^OK (an instance's NitroTPM, no enclave)"
works "sshsig signatures"
sig=$(ls signatures | grep '\.sig$' | head -n 1)
who=${sig#*-}
ssh-keygen -q -Y verify -f signatures/allowed_signers -n chain@encl -I "${who%.sig}" \
	-s "signatures/$sig" <"signatures/${sig%%-*}.payload" >out 2>err &&
	echo "ok - and does" || fail "ssh-keygen -Y verify"
table_tried
exit $bad
