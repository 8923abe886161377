#!/bin/sh
# SPDX-License-Identifier: ISC
# Images built, measured, compared and refused; no server.
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. tests/lib/cli.sh
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
python3 "$top/tests/cli/image_parts.py" "$T" || exit 1
VARS=
PARTS="--kernel kernel --boot boot --cmdline console=ttyS0"
same() { # NAME A B
	if cmp -s "$2" "$3"; then echo "ok - $1"; else fail "$1"; fi
}
other() {
	if cmp -s "$2" "$3"; then fail "$1"; else echo "ok - $1"; fi
}
built() { # NAME OUT ARGS...
	name=$1 to=$2
	shift 2
	is "$name" 0 -- build $PARTS --out "$to" "$@"
}
ramdisk() { # IMAGE: its last ramdisk, unpacked into the folder x
	rm -rf x && mkdir x
	python3 - "$1" <<'EOF'
import gzip, struct, subprocess, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack(">H", b[26:28])[0]
for i in range(n):
    at = struct.unpack(">Q", b[28 + 8 * i:36 + 8 * i])[0]
    kind, _, size = struct.unpack(">HHQ", b[at:at + 12])
    if kind == 3:
        disk = b[at + 12:at + 12 + size].lstrip(b"\0")
if disk[:2] == b"\x1f\x8b":
    assert disk[3:8] == bytes(5), disk[:10]
    disk = gzip.decompress(disk)
open("disk", "wb").write(disk)
EOF
	(cd x && cpio -id --quiet <../disk)
}

# the same bytes, whoever, whenever, in whatever order
built "an image is built" one.eif --root one.tar --cmd /bin/app --env A=b
says "its registers are shown" out '^PCR2   [0-9a-f]\{96\}$'
umask 077
mkdir elsewhere
(cd elsewhere && TZ=Pacific/Auckland LC_ALL=C.UTF-8 "$B/bin/encl" build \
	--kernel ../kernel --boot ../boot --cmdline console=ttyS0 --root ../two.tar \
	--cmd /bin/app --env A=b --out ../two.eif >/dev/null 2>&1)
same "another user, time, order and kind of tar make the same image" one.eif two.eif
built "from a compressed tar" three.eif --root three.tgz --cmd /bin/app --env A=b
same "and that too" one.eif three.eif
(umask 022 && mkdir folder && tar -C folder -xpf one.tar)
built "from a folder" four.eif --root folder --cmd /bin/app --env A=b
same "and from that" one.eif four.eif
is "a folder has no digest" 2 recipe_bad -- build $PARTS --root folder --cmd /bin/app \
	--root-sha256 "$(printf '%064d' 0)" --out no.eif
mkfifo folder/pipe
is "a pipe in a folder" 2 tree_device -- build $PARTS --root folder --cmd /bin/app --out no.eif
says "which one" err '"pipe"'
rm folder/pipe && touch folder/.wh.a
is "a whiteout in a folder" 2 tree_whiteout -- build $PARTS --root folder --cmd /bin/app --out no.eif
mkdir links links/d && chmod 755 links links/d && echo one >links/a && ln links/a links/d/b && ln -s a links/c
tar -C links -cf links.tar .
built "hard links in a folder" links.eif --root links --cmd /a
built "hard links in a tar of it" links2.eif --root links.tar --cmd /a
same "are the same" links.eif links2.eif
ramdisk links.eif
[ x/rootfs/a -ef x/rootfs/d/b ] && [ "$(cat x/rootfs/c)" = one ] &&
	echo "ok - they stay one file" || fail "hard links"
built "another file" other.eif --root other.tar --cmd /bin/app --env A=b
other "makes another image" one.eif other.eif
built "owners can be kept" owners.eif --root two.tar --owners --cmd /bin/app --env A=b
other "and are then part of it" one.eif owners.eif
built "gzip where it is asked for" packed.eif --root one.tar --gzip --cmd /bin/app
built "again" packed2.eif --root two.tar --gzip --cmd /bin/app
same "is the same again" packed.eif packed2.eif
is "an image that is there is not written over" 6 file_exists -- build $PARTS \
	--root one.tar --cmd /bin/app --out one.eif
[ -z "$(find . -name '*.tmp')" ] && echo "ok - nothing is left lying" || fail tmp

(trap '' XFSZ; ulimit -f 20; "$B/bin/encl" build $PARTS --root one.tar \
	--cmd /bin/app --out full.eif >out 2>err)
says "no room is told as such" err 'full.eif: File too large'
[ -z "$(find . -name 'full*')" ] && echo "ok - and nothing is left" || fail full

# what is in it
id=$(printf '%064d' 7)
cat >enclave.yaml <<'EOF'
name: payments
image: registry.example.org/payments:1
resources: {cpus: 3, memory_mib: 2048}
EOF
built "with chain id and definition" whole.eif --root one.tar --cmd /bin/app \
	--cmd 'two words' --env A=b --chain-id "$id" --definition enclave.yaml
if command -v cpio >/dev/null; then
	ramdisk whole.eif
	[ "$(cat x/rootfs/etc/encl/chain-id)" = "$id" ] && [ "$(stat -c %a x/rootfs/etc/encl/chain-id)" = 644 ] &&
		echo "ok - the chain id is where encl-countersign looks" || fail id
	python3 -c 'import json; assert json.load(open("x/rootfs/etc/encl/definition.json"))["name"] == "payments"' &&
		echo "ok - the definition is there" || fail definition
	printf '/bin/app\ntwo words\n' | cmp -s - x/cmd && [ "$(cat x/env)" = A=b ] &&
		echo "ok - command and environment are lines" || fail cmd
	mkdir r && tar -xf one.tar -C r
	rm -rf x/rootfs/etc/encl && (cd x/rootfs && rmdir dev proc run sys tmp var)
	diff -r r x/rootfs >/dev/null &&
		[ "$(stat -c %i x/rootfs/bin/app)" = "$(stat -c %i x/rootfs/bin/same)" ] &&
		echo "ok - the files are those of the tar, hard links too" || fail files
	ramdisk packed.eif
	diff -r r/bin x/rootfs/bin >/dev/null && echo "ok - packed ones too" || fail gzip
	built flat flat.eif --root one.tar --flat
	ramdisk flat.eif
	diff -r r x >/dev/null && echo "ok - a flat one is the root itself" || fail flat
	is "from an OCI image" 0 -- build $PARTS --root oci --out oci.eif
	ramdisk oci.eif
	printf '/bin/app\nserve\n--all\n' | cmp -s - x/cmd &&
		printf 'PATH=/bin\nMODE=on\n' | cmp -s - x/env &&
		echo "ok - it says what runs" || fail "cmd of the image"
	mv x by-layers
	built merged merged.eif --root merged.tar --cmd /bin/app --cmd serve \
		--cmd --all --env PATH=/bin --env MODE=on
	same "layers, deletions and opaque folders come to what they mean" oci.eif merged.eif
else
	echo "skipped what is in a ramdisk: there is no cpio"
fi
is "the definition says how large" 0 -- measure whole.eif
python3 - <<'EOF' && echo "ok - the header says the definition's memory" || fail memory
import struct
b = open("whole.eif", "rb").read(28)
assert struct.unpack(">QQ", b[8:24]) == (2048 << 20, 3)
EOF

# OCI layouts
is "from an archive of a layout" 0 -- build $PARTS --root oci.tar --out oci2.eif
same "the same as from the folder" oci.eif oci2.eif
is "several images, none named" 2 oci_bad -- build $PARTS --root multi --out no.eif
is "the one that is named" 0 -- build $PARTS --root multi --ref v1 --out v1.eif
same "is found in an index of the index" oci.eif v1.eif
digest=$(python3 -c 'import json
print(json.load(open("oci/index.json"))["manifests"][0]["digest"])')
is "by digest" 0 -- build $PARTS --root oci --ref "$digest" --out d.eif
is "a digest that is not the one" 3 oci_digest -- build $PARTS --root oci \
	--root-sha256 "$id" --out no.eif
is "an architecture that is not there" 2 oci_bad -- build $PARTS --root oci --arch aarch64 --out no.eif
is "one that is" 0 -- build $PARTS --root multi --ref v1 --arch aarch64 --out arm.eif
is "it says so" 0 -- measure arm.eif
says "aarch64" out 'aarch64'
is "a name that is not there" 2 oci_bad -- build $PARTS --root oci --ref v9 --out no.eif
is "a spoiled layer" 3 oci_digest -- build $PARTS --root broken/spoiled --out no.eif
is "a spoiled layer in an archive" 3 oci_digest -- build $PARTS --root broken/spoiled.tar --out no.eif
is "a lost layer" 2 oci_bad -- build $PARTS --root broken/lost --out no.eif
is "no index" 2 oci_bad -- build $PARTS --root broken/noindex --out no.eif
is "no layout" 2 oci_bad -- build $PARTS --root broken/nolayout --out no.eif
is "an index that is no JSON" 2 oci_bad -- build $PARTS --root broken/notjson --out no.eif

# hostile archives
for row in dotdot:tree_path absolute:tree_path middle:tree_path \
	char:tree_device block:tree_device fifo:tree_device \
	hardlink:tree_path nolink:tree_hardlink loop:tree_link \
	through:tree_parent marked:tree_whiteout long:tree_path longer:tree_path \
	cut:tar_bad noise:tar_bad; do
	is "a tar with ${row%%:*}" 2 "${row#*:}" -- build $PARTS --cmd /a \
		--root "hostile/${row%%:*}.tar" --out no.eif
done
is "a compressed tar that was cut" 2 tar_bad -- build $PARTS --cmd /a --root hostile/cut.tgz --out no.eif
[ ! -e no.eif ] && [ ! -e evil ] && [ ! -e ../evil ] &&
	echo "ok - nothing came of them" || fail hostile
built "links out of the root stay inside" link.eif --root hostile/symlink.tar --flat
if command -v cpio >/dev/null; then
	ramdisk link.eif
	[ "$(cat x/etc/evil)" = inside ] && [ -f x/evil ] && [ -L x/a ] &&
		echo "ok - as they do on the machine that runs it" || fail links
fi

# what the options may be
is "no kernel" 2 recipe_bad -- build --boot boot --cmdline x --root one.tar --cmd /a --out no.eif
is "no program" 2 recipe_bad -- build $PARTS --root one.tar --out no.eif
is "no out" 2 usage -- build $PARTS --root one.tar --cmd /a
is "a program of two lines" 2 recipe_bad -- build $PARTS --root one.tar --cmd "a
b" --out no.eif
is "a chain id that is none" 2 recipe_bad -- build $PARTS --root one.tar --cmd /a --chain-id 12 --out no.eif
is "another kernel than was meant" 3 oci_digest -- build $PARTS --kernel-sha256 "$id" \
	--root one.tar --cmd /a --out no.eif
is "the kernel that was meant" 0 -- build $PARTS --kernel-sha256 "$(sha256sum <kernel | cut -d' ' -f1)" \
	--root one.tar --cmd /a --out meant.eif
is "no memory at all" 2 recipe_bad -- build $PARTS --memory 0 --root one.tar --cmd /a --out no.eif
: >empty
is "an empty kernel" 3 eif_section_empty -- build --kernel empty --boot boot --cmdline x --root one.tar --cmd /a --out no.eif
is "a kernel that is a folder" 5 file_read -- build --kernel oci --boot boot --cmdline x --root one.tar --cmd /a --out no.eif
mkdir sub && cat >sub/recipe.yaml <<'EOF'
kernel: ../kernel
boot: ../boot
cmdline: console=ttyS0
root: ../one.tar
cmd: [/bin/app]
env: [A=b]
EOF
is "from a recipe" 0 -- build --recipe sub/recipe.yaml --out recipe.eif
same "which says the same as options" one.eif recipe.eif
is "an option counts before it" 0 -- build --recipe sub/recipe.yaml --root other.tar --out recipe2.eif
same "as here" other.eif recipe2.eif
for row in 'kernels: x' 'cmd: x' 'cmd: [1]' 'gzip: maybe' '[a]' 'a: &b c' 'kernel: [a]'; do
	echo "$row" >bad.yaml
	is "a recipe with $row" 2 recipe_bad -- build --recipe bad.yaml --out no.eif
done

# signatures
openssl ecparam -name secp384r1 -genkey -noout -out key.pem 2>/dev/null
openssl req -new -x509 -key key.pem -sha384 -subj /CN=t -days 9 -out cert.pem 2>/dev/null
openssl ecparam -name prime256v1 -genkey -noout -out small.pem 2>/dev/null
openssl ecparam -name secp384r1 -genkey -noout -out stranger.pem 2>/dev/null
openssl ec -in key.pem -aes256 -passout pass:x -out locked.pem 2>/dev/null
SIGN="--root one.tar --cmd /bin/app --env A=b --signing-cert cert.pem"
is "a signed image" 0 -- build $PARTS $SIGN --signing-key key.pem --out signed.eif -o json
cp out signed.json
want=$( (head -c 48 /dev/zero; openssl x509 -in cert.pem -outform DER | openssl dgst -sha384 -binary) |
	openssl dgst -sha384 -r | cut -d' ' -f1)
json "PCR8 is the certificate's" "j['PCR8'] == '$want'"
is "its measurement" 0 -- measure signed.eif -o json
same "measures as it was built" out signed.json
is "a key of another certificate" 3 eif_signature_alg -- build $PARTS $SIGN --signing-key stranger.pem --out no.eif
is "a key of another curve" 3 eif_signature_alg -- build $PARTS $SIGN --signing-key small.pem --out no.eif
is "a key under a passphrase" 3 eif_signature_alg -- build $PARTS $SIGN --signing-key locked.pem --out no.eif
is "a certificate alone" 2 usage -- build $PARTS $SIGN --out no.eif
is "a certificate that is none" 3 eif_signature_cert -- build $PARTS --root one.tar --cmd /a \
	--signing-cert kernel --signing-key key.pem --out no.eif

# measured and compared
is "what is no image" 3 eif_magic -- measure kernel
is "what is no image, for programs" 3 -- measure kernel -o json
json "says its code alone" 'j == {"code": "eif_magic"}'
is "a file that is not there" 5 file_read -- measure nothing.eif
is "an unsigned image has no PCR8" 0 -- measure one.eif -o json
json "three registers" 'sorted(j) == ["PCR0", "PCR1", "PCR2"]'
cp out one.json
"$B/bin/encl" measure - -o json <one.eif | cmp -s - one.json &&
	echo "ok - stdin measures the same" || fail stdin
python3 - <<'EOF'
import json
m = json.load(open("one.json"))
s = json.load(open("signed.json"))
o = dict(m, PCR2="ab" * 48)
w = lambda n, t: open(n, "w").write(t if isinstance(t, str) else json.dumps(t))
w("nitro.json", {"Measurements": dict(m, HashAlgorithm="Sha384 { ... }")})
w("describe.json", {"EifVersion": 4, "IsSigned": True, "Measurements": s})
w("enclaver.json", {"Sources": {}, "Image": "x", "Measurements": m})
w("upper.json", {k: v.upper() for k, v in m.items()})
w("enclavia.json", {k.lower(): v for k, v in m.items()})
w("evervault.toml", "[attestation]\nHashAlgorithm = \"Sha384 { ... }\"\n" +
  "".join('%s = "%s"\n' % i for i in m.items()))
w("provider.json", [o, m])
w("feed.json", {"sets": [{"pcrs": {k[3:]: v for k, v in x.items()}} for x in (o, m)]})
w("list.json", ["cd" * 48, m["PCR0"]])
w("a.tfvars", '# two\nregion = "x"\nenclave_pcr0_hashes = [\n  "%s", // new\n  "%s",\n]\n' % ("cd" * 48, m["PCR0"]))
w("b.tfvars.json", {"enclave_pcr0_hashes": [m["PCR0"]], "enclave_pcr8_hashes": [s["PCR8"]]})
w("def.yaml", "name: x\nimage: y\nmeasurements:\n" + "".join("  %s: %s\n" % i for i in m.items()))
w("other.json", o)
w("boot.json", dict(m, PCR1="ab" * 48, PCR0="ab" * 48))
w("others.tfvars", 'enclave_pcr0_hashes = ["%s"]\n' % ("cd" * 48))
w("signer.tfvars", 'enclave_pcr8_hashes = ["%s"]\n' % s["PCR8"])
w("boot.tfvars", 'enclave_pcr0_hashes = []\nenclave_pcr1_hashes = ["%s"]\n' % s["PCR1"])
w("pcr3.json", {"PCR3": "ab" * 48})
w("zero.json", {k: "0" * 96 for k in m})
EOF
for f in nitro.json enclaver.json upper.json enclavia.json evervault.toml \
	provider.json feed.json list.json a.tfvars def.yaml; do
	is "against $f" 0 -- measure one.eif --against $f
	says "equal" out '^EQUAL'
	is "another image against $f" 3 image_other -- measure other.eif --against $f
done
for f in describe.json b.tfvars.json; do
	is "a signed one against $f" 0 -- measure signed.eif --against $f
	is "an unsigned one has not its PCR8: $f" 3 image_other -- measure one.eif --against $f
done
is "another application" 3 -- measure one.eif --against other.json -o json
json "says where" 'j["different"] == ["PCR2"] and not j["equal"] and "application" in j["where"][0] and j["PCR0"]'
is "another boot part" 3 image_other -- measure one.eif --against boot.json
says "says so" out 'differs: kernel, command line or boot ramdisk'
is "a list without it" 3 image_other -- measure one.eif --against others.tfvars
is "a signer is not one image" 2 measurements_bad -- measure signed.eif --against signer.tfvars
is "nor are kernel and boot ramdisk" 2 measurements_bad -- measure signed.eif --against boot.tfvars
is "what an image does not say" 2 measurements_bad -- measure one.eif --against pcr3.json
is "zeros are nobody's measurement" 2 measurements_bad -- measure one.eif --against zero.json
is "a file without any" 2 measurements_bad -- measure one.eif --against enclave.yaml
is "two images" 3 image_other -- measure one.eif --against other.eif
says "the section and the byte" out 'differs: ramdisk 1, from byte [0-9]'
silent "nothing else" out 'kernel,'
{ cat kernel; printf 'quiet '; } >kernel.longer
BORDER="--boot boot --root one.tar --cmd /bin/app --env A=b"
is "a command line" 0 -- build --kernel kernel --cmdline "quiet console=ttyS0" $BORDER --out bordered.eif -o json
cp out bordered.json
is "its beginning as the end of the kernel" 0 -- build --kernel kernel.longer --cmdline "console=ttyS0" $BORDER --out moved.eif -o json
same "which no register tells" out bordered.json
is "is another image" 3 image_other -- measure moved.eif --against bordered.eif
says "and it is said why" out 'where a section ends, which no register covers'
is "an image and its signed twin" 3 -- measure one.eif --against signed.eif -o json
json "differ in PCR8 alone" 'j["different"] == ["PCR8"] and j["where"] == ["signature stands there alone"]'
built "another name" named.eif --root one.tar --cmd /bin/app --env A=b --name other \
	--time 2026-01-02T03:04:05Z --image-version 9
is "which is not measured" 0 -- measure one.eif --against named.eif
says "is told all the same" out 'not measured: metadata'
exit $bad
