#!/bin/sh
# SPDX-License-Identifier: ISC
# pkcs11: keys: SoftHSM2 for all that a token can be asked, a module that
# misbehaves, and OpenSC's and Yubico's modules over a PIV card.
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
. tests/lib/sshsig.sh
. tests/lib/expect.sh
. tests/lib/wait.sh
soft=
for f in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so; do
	[ ! -e "$f" ] || soft=$f
done
if [ -z "$soft" ] || ! command -v softhsm2-util >/dev/null 2>&1; then
	echo "skipped keys-pkcs11: softhsm2 is not installed"
	exit 77
fi
T=$(mktemp -d /tmp/encl-pkcs11.XXXXXX) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
export HOME="$T" SOFTHSM2_CONF="$T/softhsm2.conf"
unset ENCL_PIN_FILE ENCL_PINENTRY

encl() {
	env $VARS setsid -w "$B/bin/encl" "$@" >out 2>err </dev/null
}
VARS=
nothing() {
	[ ! -e g.st ] && echo "ok - nothing was signed: $1" || fail "$1: g.st"
	rm -f g.st
}
create="enclave create -f enclave.yaml --yes --sign-only g.st --control-key"
signs() { # NAME REF: it signs, and OpenSSH says so
	rm -f g.st
	is "$1" 0 -- $create "$2"
	[ -e g.st ] || return
	sshsig_genesis g.st 1 >out 2>&1 || fail "$1: ssh-keygen does not verify"
	rm -f g.st
}
refuses() { # NAME EXIT CODE REF
	rm -f g.st
	is "$1" "$2" "$3" -- $create "$4"
	nothing "$1"
}

printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml
mkdir tokens
echo "directories.tokendir = $T/tokens" >softhsm2.conf
for t in one:1234 two:5678; do
	softhsm2-util --init-token --free --label ${t%:*} --pin ${t#*:} \
		--so-pin 12345678 >/dev/null
done
echo 1234 >pin1 && echo 5678 >pin2 && echo 0000 >wrong && chmod 600 pin1 pin2 wrong
PIN="pin-source=file:$T/pin1"

# a module that hangs is given half a minute, beside the rest
faults=
if cc -D_DEFAULT_SOURCE -fPIC -shared $(pkg-config --cflags p11-kit-1) \
	-o faults.so "$top/tests/virtual/pkcs11_faults.c" 2>cc.log; then
	faults=$T/faults.so
	env P11F_MODULE="$soft" P11F_FAULT=hang-start setsid -w "$B/bin/encl" key \
		show "pkcs11:token=one;object=p256?module-path=$faults" \
		>hang.out 2>hang.err </dev/null &
	hang=$!
fi

# three types
for t in ed25519 ecdsa-p256 ecdsa-p384; do
	is "key generate $t" 0 -- key generate \
		"pkcs11:token=one;object=${t#ecdsa-}?$PIN" --type $t
	signs "$t signs" "pkcs11:token=one;object=${t#ecdsa-}?$PIN"
	says "it is called by its label" err "^signed by ${t#ecdsa-}\$"
done
is "a name twice" 10 key_ambiguous -- key generate "pkcs11:token=one;object=p256?$PIN"
is "a key without a name" 2 usage -- key generate "pkcs11:token=one?$PIN"
is "which token is not guessed" 10 key_ambiguous -- key generate "pkcs11:object=new?$PIN"
says "what would be exact is said" err 'token=two'
is "no such token" 10 device_missing -- key generate "pkcs11:token=three;object=new?$PIN"
is "a FIDO2 type" 2 usage -- key generate "pkcs11:token=one;object=x?$PIN" --type ed25519-sk
VARS=ENCL_PIN_FILE=$T/pin2
is "the PIN as for other devices" 0 -- key generate 'pkcs11:token=two;id=%01%ff' --name other --type ecdsa-p256
signs "by its id alone" 'pkcs11:token=two;id=%01%FF'
VARS=
is "key list asks no PIN" 0 -- key list
says "it has all tokens" out '^pkcs11:.*token=two.*other$'
ref=$(sed -n 's/^\(pkcs11:[^ ]*token=one[^ ]*object=p256\) .*/\1/p' out)
signs "a reference as key list prints it" "$ref?$PIN"
if command -v pkcs11-tool >/dev/null 2>&1; then
	pkcs11-tool --module "$soft" --token-label one --login --pin 1234 -O \
		--type privkey >out 2>&1
	says "OpenSC sees the key" out p384
	[ "$(grep -c 'never extractable' out)" = 3 ] &&
		echo "ok - and says that none could ever leave" || fail "extractable"
	pkcs11-tool --module "$soft" --token-label one --login --pin 1234 \
		--keypairgen --key-type rsa:2048 --label rsa --id 07 >/dev/null 2>&1
	pkcs11-tool --module "$soft" --token-label one --login --pin 1234 \
		--keypairgen --key-type EC:secp521r1 --label p521 --id 08 >/dev/null 2>&1
	refuses "RSA" 10 key_scheme "pkcs11:token=one;object=rsa?$PIN"
	says "which is named" err RSA
	refuses "P-521" 10 key_scheme "pkcs11:token=one;id=%08?$PIN"
	for l in twin twin; do
		pkcs11-tool --module "$soft" --token-label one --login --pin 1234 \
			--keypairgen --key-type EC:prime256v1 --label $l \
			--id 0$((i += 1)) >/dev/null 2>&1
	done
	refuses "a label twice" 10 key_ambiguous "pkcs11:token=one;object=twin?$PIN"
	says "which would be exact" err 'id=%02;object=twin'
	signs "one of the two" "pkcs11:token=one;object=twin;id=%02?$PIN"
	pkcs11-tool --module "$soft" --token-label two --login --pin 5678 \
		--keypairgen --key-type EC:prime256v1 --label bare \
		>/dev/null 2>&1
	signs "a key without an id" "pkcs11:token=two;object=bare?pin-source=$T/pin2"
else
	echo "skipped pkcs11-tool is not here"
fi

rm -f g.st
is "two keys of one token, and one of another" 0 -- $create \
	"pkcs11:token=one;object=p256?$PIN" --control-key \
	"pkcs11:token=one;object=ed25519?$PIN" --control-key \
	"pkcs11:token=two;object=other?pin-source=$T/pin2" --threshold 3
sshsig_genesis g.st 3 >out 2>&1 || fail "three keys: ssh-keygen"
is "one key by two references counts once" 0 -- enclave create \
	-f enclave.yaml --yes --sign-only h.st --control-key \
	"pkcs11:token=one;object=p256?$PIN" --key \
	"pkcs11:token=one;object=p256?$PIN" --key "$ref?$PIN"
sshsig_genesis h.st 1 >out 2>&1 || fail "one key twice: ssh-keygen"
rm -f g.st h.st
mkdir nolib && : >nolib/libp11-kit.so.0
VARS=LD_LIBRARY_PATH=$T/nolib
refuses "without p11-kit" 10 key_library "pkcs11:token=one;object=p256?$PIN"
says "the package is named" err libp11-kit0
is "the other keys are listed" 0 -- key list
VARS=

# the forms of a reference
serial=$(echo "$ref" | sed 's/.*serial=\([^;]*\).*/\1/')
id=$(echo "$ref" | sed 's/.*id=\([^;]*\).*/\1/')
slot=$(softhsm2-util --show-slots | awk '$1 == "Slot" && $2 ~ /^[0-9]+$/ { s = $2 }
	$1 == "Label:" && $2 == "one" { print s }')
for form in "serial=$serial;object=p256" "token=one;id=$id" \
	"serial=$serial;id=$id" "manufacturer=SoftHSM%20project;token=one;object=p256" \
	"model=SoftHSM%20v2;object=p256" "token=one;object=p256;type=private" \
	"slot-id=$slot;object=p256" "library-manufacturer=SoftHSM;token=one;object=p256" \
	"token=%6f%6e%65;object=%702%356" "object=p256"; do
	signs "$form" "pkcs11:$form?$PIN"
done
signs "module-name" "pkcs11:token=one;object=p256?module-name=softhsm2&$PIN"
signs "module-path" "pkcs11:token=one;object=p256?module-path=$soft&$PIN"
refuses "another serial" 10 device_missing "pkcs11:serial=00;object=p256?$PIN"
refuses "another slot" 10 device_missing "pkcs11:slot-id=1;object=p256?$PIN"
refuses "another label" 10 key_missing "pkcs11:token=one;object=p25?$PIN"
refuses "another id" 10 key_missing "pkcs11:token=one;object=p256;id=%99?$PIN"
refuses "no name at all" 10 key_ambiguous "pkcs11:?$PIN"
refuses "a public key" 2 usage "pkcs11:token=one;object=p256;type=public?$PIN"
refuses "an attribute that there is not" 2 usage "pkcs11:token=one;colour=red"
refuses "half an escape" 2 usage "pkcs11:token=%o"
refuses "a PIN in the URI" 2 usage "pkcs11:token=one;object=p256?pin-value=1234"
silent "which is not printed" err 1234
refuses "a program for a PIN" 2 usage "pkcs11:token=one;object=p256?pin-source=%7Ccat"
refuses "no such module" 10 key_library "pkcs11:token=one?module-path=/nowhere.so"
refuses "a module that is none" 10 key_library "pkcs11:token=one?module-path=$B/bin/encl"
refuses "a module that is not registered" 10 key_library "pkcs11:token=one?module-name=hard"
says "which are" err softhsm2

# a checkout that is somebody else's
is "the public half" 0 -- key show "pkcs11:token=one;object=p256"
cp out p256.pub
folder() { echo "keys: [\"pkcs11:token=one;object=p256$1\"]" >.encl.yaml; }
project="enclave create -f enclave.yaml --yes --sign-only g.st --control-key @p256.pub --pin-file pin1"
folder "?module-path=$soft"
is "a folder brings a module" 2 config_bad -- $project
nothing "for it"
folder "?Module-Path=$soft"
is "and spells it its way" 2 -- $project
folder "?$PIN"
is "a folder names a PIN's file" 2 config_bad -- $project
folder ""
is "a folder names a key" 0 -- $project
rm -f .encl.yaml g.st

# PINs
K="pkcs11:token=one;object=p256"
refuses "nobody to ask" 10 '.*_missing' "$K"
refuses "a wrong PIN" 10 pin "$K?pin-source=$T/wrong"
says "no number is made up" err 'does not say how many'
silent "the PIN is not printed" err 0000
refuses "no PIN file" 5 file_read "$K?pin-source=file:$T/nothere"
chmod 644 pin1
refuses "a PIN file for all to read" 4 config_open "$K?$PIN"
chmod 600 pin1
VARS=ENCL_PIN_FILE=$T/pin1 signs "--pin-file" "$K"
python3 "$top/tests/cli/terminal.py" \
	'[["PIN for token \"one\"", "0000\n"], ["PIN", "1234\n"]]' -- \
	"$B/bin/encl" $create "$K" >out
[ $? -eq 0 ] && sshsig_genesis g.st 1 >err 2>&1 &&
	echo "ok - at a terminal a wrong PIN is asked again" || fail "asked again"
silent "no PIN is on the screen" out '0000\|1234'
rm -f g.st
: >empty && chmod 600 empty
refuses "an empty PIN" 10 pin "$K?pin-source=$T/empty"

# SoftHSM signs with a high S half of the time
for i in 1 2 3 4 5 6 7 8; do
	encl $create "$K?$PIN"
	sshsig_genesis g.st 1 >out 2>&1 || fail "signature $i"
	rm -f g.st
done
[ $bad -eq 0 ] && echo "ok - every P-256 signature is low-S"

# a module that misbehaves
if [ -n "$faults" ]; then
	F="$K?module-path=$faults&$PIN"
	with() {
		VARS="P11F_MODULE=$soft P11F_PIN=1234 P11F_STATE=$T/wrongs"
		VARS="$VARS P11F_FAULT=$1 P11F_LOG=$T/log"
		rm -f log
	}
	with none
	signs "through the module that can misbehave" "$F"
	[ "$(tail -n 1 log)" = finalize ] && grep -q close log &&
		echo "ok - the session was closed" || fail "the session"
	with crash-start
	refuses "a module that crashes at once" 10 device_gone "$F"
	says "it is said" err 'module crashed\|module ended'
	with crash-sign
	refuses "a module that crashes as it signs" 10 device_gone "$F"
	with gone-sign
	refuses "a token that is pulled out" 10 device_gone "$F"
	with bad-sign
	refuses "a signature that is none" 3 sig_bad "$F"
	with short-sign
	refuses "a signature that is short" 10 device_gone "$F"
	with huge
	refuses "lengths that are lies" 10 key_missing "$F"
	with noise
	is "a module that prints" 0 -- key show "$F"
	silent "prints nothing between data" out noise
	for t in bare bits; do
		with $t
		for k in p256 p384 ed25519; do
			signs "$k, its point spelt as $t" \
				"pkcs11:token=one;object=$k?module-path=$faults&$PIN"
		done
	done
	with leaky
	is "a token whose keys could leave it" 10 device_refused -- key generate \
		"pkcs11:token=one;object=leaky?module-path=$faults&$PIN"
	VARS=
	refuses "what it made is destroyed" 10 key_missing "pkcs11:token=one;object=leaky?$PIN"
	with always
	signs "a key that wants a login each time" "$F"
	[ "$(grep -c 'login' log)" = 2 ] && echo "ok - with one PIN, asked once" ||
		fail "logins"
	with shy
	signs "a token that shows nothing without its PIN" "$F"
	refuses "and does not have the key" 10 key_missing \
		"pkcs11:token=one;object=p25?module-path=$faults&$PIN"
	with slow-sign
	: >err
	VARS="$VARS P11F_GO=$T/go"
	(comes grep -q '^touch token' err && touch go) &
	signs "a token that waits for a touch" "$F"
	wait $!
	says "it is asked for" err '^touch token "one", key "p256"'
	with pad
	signs "a PIN pad" "$K?module-path=$faults"
	says "it is said where to type" err 'key pad of token "one"'
	with pad-cancel
	refuses "a PIN pad that is left" 11 declined "$K?module-path=$faults"
	with lock
	W="$K?module-path=$faults&pin-source=$T/wrong"
	refuses "the first wrong PIN" 10 pin "$W"
	refuses "the second" 10 pin "$W"
	says "one is left, and it is said" err 'one more wrong PIN blocks it'
	signs "the right one in time" "$F"
	refuses "the first wrong PIN again" 10 pin "$W"
	refuses "the second again" 10 pin "$W"
	refuses "the third" 10 pin_blocked "$W"
	refuses "the right one, too late" 10 pin_blocked "$F"
	VARS=

	# Ctrl-C at the question for a PIN, and while the token signs
	for at in pin sign; do
		with hang-sign
		[ $at = sign ] && ref="$F" || ref="$K?module-path=$faults"
		env $VARS python3 - "$B/bin/encl" $at $create "$ref" <<'EOF2' &&
import os, pty, sys, time
program, at = sys.argv[1:3]
pid, fd = pty.fork()
if pid == 0:
    os.execv(program, [program] + sys.argv[3:])
want, seen = (b"PIN" if at == "pin" else b"touch "), b""
while want not in seen:
    seen += os.read(fd, 4096)
os.write(fd, b"\x03")
try:
    while os.read(fd, 4096):
        pass
except OSError:
    pass
status = os.waitpid(pid, 0)[1]
assert status != 0, status
EOF2
			echo "ok - Ctrl-C at $at" || { bad=1; echo "not ok - Ctrl-C at $at"; }
		nothing "Ctrl-C at $at"
		[ $at = sign ] || comes grep -qs finalize log
		[ $at = sign ] || says "the session was closed after it" log finalize
	done
	VARS=
else
	echo "skipped faults of a module: there is no compiler, or no p11-kit-1"
fi

# a PIV card
virtual=$B/tests/virtual/libpcsclite.so.1
card() {
	env VPIV_DIR="$T/card" VPIV_CARDS=17654321:5.4.3 \
		LD_LIBRARY_PATH="$B/tests/virtual" "$@"
}
if [ -e "$virtual" ] && command -v yubico-piv-tool >/dev/null 2>&1; then
	mkdir card
	card yubico-piv-tool -a set-chuid -a set-ccc >out 2>err
	openssl ecparam -name prime256v1 -genkey -noout -out ca.key
	for s in 9a:ECCP256:once 9c:ECCP384:always; do
		alg=${s#*:}
		card yubico-piv-tool -a generate -s ${s%%:*} -A ${alg%:*} \
			--touch-policy=always --pin-policy=${s##*:} -o ${s%%:*}.pem >out 2>err ||
			fail "generate on the card"
		openssl req -x509 -new -key ca.key -subj /CN=ca -out ca.pem \
			-days 1 2>err
		openssl x509 -new -subj "/CN=${s%%:*}" -force_pubkey ${s%%:*}.pem \
			-CA ca.pem -CAkey ca.key -days 9 -out ${s%%:*}.crt 2>err &&
			card yubico-piv-tool -a import-certificate -s ${s%%:*} \
				-i ${s%%:*}.crt >out 2>err || fail "certificate"
	done
	echo 123456 >pivpin && echo 999999 >badpin && chmod 600 pivpin badpin
	for m in /usr/lib/*/opensc-pkcs11.so /usr/lib/*/libykcs11.so.2; do
		[ -e "$m" ] || {
			echo "skipped $m is not installed"
			continue
		}
		VARS="VPIV_DIR=$T/card VPIV_CARDS=17654321:5.4.3"
		VARS="$VARS LD_LIBRARY_PATH=$B/tests/virtual"
		P="module-path=$m&pin-source=$T/pivpin"
		so=${m##*/}
		signs "$so: slot 9a" "pkcs11:id=%01?$P"
		signs "$so: slot 9c, a PIN each time" "pkcs11:id=%02?$P"
		refuses "$so: a wrong PIN" 10 pin \
			"pkcs11:id=%01?module-path=$m&pin-source=$T/badpin"
		signs "$so: the right one after it" "pkcs11:id=%01?$P"
		piv=$VARS
		VARS="$piv VPIV_TOUCH=never VPIV_TOUCH_TIMEOUT_MS=200"
		refuses "$so: nobody touches it" 10 touch "pkcs11:id=%02?$P"
		# While it signs; OpenSC 0.23 crashes then.
		VARS="$piv VPIV_LOG=$T/card.$so"
		is "$so: no PIN to see a key" 0 -- key show "pkcs11:id=%02?$P"
		n=$(wc -l <"card.$so")
		VARS="$piv VPIV_FAULT=unplug:$((n + 2))"
		refuses "$so: pulled out" 10 device_gone "pkcs11:id=%02?$P"
		ref="pkcs11:id=%01?module-path=$m&pin-source=$T/badpin"
	done
	VARS="VPIV_DIR=$T/card VPIV_CARDS=17654321:5.4.3"
	VARS="$VARS LD_LIBRARY_PATH=$B/tests/virtual"
	for i in 1 2 3 4; do
		encl $create "$ref"
	done
	refuses "a blocked PIN" 10 pin_blocked "$ref"
	VARS=
else
	echo "skipped a PIV card: yubico-piv-tool, or the virtual card, is missing"
fi

if [ -n "$faults" ]; then
	wait $hang
	cp hang.out out
	cp hang.err err
	says "a module that hangs is given up" err 'code: device_gone'
	says "and it is said" err 'does not answer'
fi
exit $bad
