#!/bin/sh
# SPDX-License-Identifier: ISC
# Images and chains: a release staged from its image, and the image rebuilt,
# compared and found to be another one.
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. tests/lib/cli.sh
cli_start
python3 "$top/tests/cli/image_parts.py" "$T" || exit 1

is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
is "a key" 0 -- key generate a.key
is "an endorser's key" 0 -- key generate e.key
mkdir src
printf 'name: signed\nimage: registry.example.org/signed:1\n' >enclave8.yaml
cat >enclave.yaml <<'EOF'
name: payments
image: registry.example.org/payments:1
source: {repo: "https://example.org/payments", commit: 9f3c2e1, build: image.yaml}
EOF
is create 0 -- enclave create -f enclave.yaml --control-key file:a.key --endorser-key file:e.key \
	--threshold 1 --min-delay 1s --root sim/root.pem --yes \
	--accept-risk short-window
chain=$(cat out)
cat >src/image.yaml <<'EOF'
kernel: ../kernel
boot: ../boot
cmdline: console=ttyS0
root: ../one.tar
cmd: [/bin/app]
chain_id: "0000000000000000000000000000000000000000000000000000000000000000"
definition: ../enclave.yaml
EOF
is "nothing is promised yet" 6 nothing_staged -- reproduce payments --eif boot
is "the image of the chain" 0 -- build --recipe src/image.yaml --chain-id "$chain" --out v1.eif
is "another image" 0 -- build --recipe src/image.yaml --root other.tar --chain-id "$chain" --out v2.eif

# staged from the image
is "an image and its measurements" 2 usage -- upgrade stage payments --eif v1.eif \
	--pcrs boot --key file:a.key --yes
is "what is no image is not staged" 3 eif_magic -- upgrade stage payments --eif kernel --key file:a.key --yes
is "a digest that is not its" 3 image_other -- upgrade stage payments --eif v1.eif \
	--eif-sha256 "$chain" --key file:a.key --yes
is "stage an image" 0 -- upgrade stage payments --eif v1.eif --version 1.0 --key file:a.key --yes
is "it is pending" 0 -- upgrade show payments -o json
sum=$(sha256sum <v1.eif | cut -d' ' -f1)
is "its measurements" 0 -- api GET "/v1/chains/$chain"
json "the release names the image's file" "j['pending']['release']['eif'] == '$sum'"
cp out state.json
is "measured" 0 -- measure v1.eif -o json
json "the release names its registers" \
	'all(json.load(open("state.json"))["pending"]["release"]["pcrs"][str(i)] == j["PCR%d" % i] for i in range(3))'

# compared
is "against the pending release" 0 -- measure v1.eif --against payments
says "says which it was" out '^EQUAL   version 1.0 of payments, pending'
is "another one is not" 3 image_other -- measure v2.eif --against payments
is "a chain file" 0 -- chain export payments --file payments.chain
is "serves as well" 0 -- measure v1.eif --against payments.chain
is "and says no as well" 3 image_other -- measure v2.eif --against payments.chain
is "an image that was built is taken" 0 -- reproduce payments --eif v1.eif
is "from a file alone" 0 -- reproduce payments.chain --eif v1.eif
is "the other is not" 3 -- reproduce payments --stage 1.0 --eif v2.eif -o json
json "it says where" 'j["different"] == ["PCR0", "PCR2"] and j["where"] == ["the application'"'"'s ramdisk"]'
is "with the released one at hand" 3 image_other -- reproduce payments --eif v2.eif --released v1.eif
says "section and byte" out 'differs: ramdisk 1, from byte [0-9]* on'
is "which must be the released one" 3 image_other -- reproduce payments --eif v1.eif --released v2.eif
is "a stage that is not there" 5 not_found -- reproduce payments --stage 9.9 --eif v1.eif
is "neither image nor recipe" 2 usage -- reproduce payments

# rebuilt
is "rebuilt from the recipe" 0 -- reproduce payments --recipe src/image.yaml --keep again.eif
cmp -s v1.eif again.eif && echo "ok - byte for byte" || fail cmp
mkdir spool
export TMPDIR="$T/spool"
is "from the one that the definition names" 0 -- reproduce payments --source-dir src
unset TMPDIR
rmdir spool && echo "ok - nothing is left of it" || fail left
sed -i 's/one.tar/other.tar/' src/image.yaml
is "with other parts it is another" 3 image_other -- reproduce payments --source-dir src
rm src/image.yaml
is "a recipe that is not there" 2 recipe_bad -- reproduce payments --source-dir src
says "what the definition says is told, not run" err 'image.yaml'

# endorsed
is "another image is not vouched for" 3 endorse_pcrs -- upgrade endorse payments --eif v2.eif --key file:e.key --yes
is "an image and measurements" 2 usage -- upgrade endorse payments --eif v1.eif --pcrs boot --key file:e.key --yes
is "the same code in another file" 0 -- build --kernel kernel --boot boot --cmdline console=ttyS0 --root one.tar --cmd /bin/app --definition enclave.yaml --chain-id "$chain" --name other --out noted.eif
is "is vouched for" 0 -- upgrade endorse payments --eif noted.eif --key file:e.key --dry-run
says "and said to be another file" err 'names another file than this'
is "the rebuilt image is" 0 -- upgrade endorse payments --eif again.eif --method "encl reproduce" --key file:e.key --yes
silent "nothing of another file" err 'another file'

# A signed release: whoever rebuilds it has the certificate, not the key.
openssl ecparam -name secp384r1 -genkey -noout -out key.pem 2>/dev/null
openssl req -new -x509 -key key.pem -sha384 -subj /CN=t -days 9 -out cert.pem 2>/dev/null
openssl req -new -x509 -key key.pem -sha384 -subj /CN=u -days 9 -out cert2.pem 2>/dev/null
is "a chain that measures PCR8" 0 -- enclave create -f enclave8.yaml --control-key file:a.key \
	--threshold 1 --min-delay 1s --root sim/root.pem --pcrs 0,1,2,8 --yes \
	--accept-risk short-window
is "an image that is not signed has none" 2 measurements_bad -- upgrade stage signed \
	--eif v1.eif --version 1.0 --key file:a.key --yes
is "the same, signed" 0 -- build --kernel kernel --boot boot --cmdline console=ttyS0 --root one.tar \
	--cmd /bin/app --chain-id "$chain" --definition enclave.yaml \
	--signing-key key.pem --signing-cert cert.pem --out signed.eif
is "has" 0 -- upgrade stage signed --eif signed.eif --version 1.0 --key file:a.key --yes
is "rebuilt without the key" 3 -- reproduce signed --eif v1.eif -o json
json "PCR8 alone differs" 'j["different"] == ["PCR8"]'
is "with the certificate" 0 -- reproduce signed --eif v1.eif --signing-cert cert.pem
is "with another one" 3 image_other -- reproduce signed --eif v1.eif --signing-cert cert2.pem

# What is measured is the same when only what is not measured differs.
python3 "$top/tests/cli/image_parts.py" "$T"
is "another name" 0 -- build --kernel kernel --boot boot --cmdline console=ttyS0 \
	--root one.tar --cmd /bin/app --chain-id "$chain" --definition enclave.yaml \
	--name other --out named.eif
is "is the same code" 0 -- reproduce payments --eif named.eif
says "in another file" out 'not measured: the file, in what is not measured'
exit $bad
