#!/bin/sh
# SPDX-License-Identifier: ISC
# piv: keys, with encl's own PC/SC code on virtual YubiKeys, and with Yubico's
# own tool on the same cards.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
. tests/lib/sshsig.sh
terminal=$PWD/tests/cli/terminal.py
[ -e "$B/tests/virtual/libpcsclite.so.1" ] || {
	echo "skipped keys-piv: there is no virtual card"
	exit 77
}
T=$(mktemp -d /tmp/encl-piv.XXXXXX) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
bad=0
LIB=$B/tests/virtual

# A new card reader: card NAME CARDS; sets what follows for every program.
card() {
	mkdir -p "$T/$1"
	CARDS=$2 DIR=$T/$1 FAULT= TOUCH=auto
}
# with PROGRAM...: on these cards
with() {
	env -i HOME="$T" PATH="$PATH" LD_LIBRARY_PATH="$LIB" VPIV_DIR="$DIR" \
		VPIV_CARDS="$CARDS" VPIV_FAULT="$FAULT" VPIV_TOUCH="$TOUCH" \
		VPIV_TOUCH_TIMEOUT_MS=300 VPIV_LOG="$T/apdu" "$@"
}
encl() { with setsid -w "$B/bin/encl" "$@" >out 2>err </dev/null; }
tool() { with yubico-piv-tool "$@" >tool.log 2>&1 </dev/null; }
# person SCRIPT ARGS...: encl at a terminal
person() {
	script=$1
	shift
	with python3 "$terminal" "$script" -- "$B/bin/encl" "$@" >out 2>err
}
fail() {
	echo "not ok - $1"
	sed 's/^/# /' out err
	bad=1
}
verdict() { # NAME WANT RC [CODE]
	if [ "$3" -ne "$2" ]; then
		fail "$1: exit $3, not $2"
	elif [ -n "$4" ] && ! grep -q "^  code: $4\$" err &&
		! tr -d '\r' <out | grep -q "^  code: $4\$"; then
		fail "$1: not code $4"
	else
		echo "ok - $1"
	fi
}
is() { # NAME EXIT [CODE] -- ARGS...
	name=$1 want=$2 code=
	shift 2
	[ "$1" = -- ] || { code=$1; shift; }
	shift
	encl "$@"
	verdict "$name" "$want" $? "$code"
}
says() {
	if grep -q -- "$3" "$2"; then echo "ok - $1"; else fail "$1: no $3"; fi
}
silent() {
	if grep -q -- "$3" "$2"; then fail "$1: has $3"; else echo "ok - $1"; fi
}
# pub is the public half of the key that is in use; its name is not taken from
# the device, nor is what the device proves.
create="enclave create -f enclave.yaml --yes --sign-only g.st --control-key @pub --key"
use() { # REF
	rm -f pub
	with "$B/bin/encl" key show "$1" >pub 2>err || fail "key show $1"
}
signs() { # NAME REF...: one signature, and OpenSSH says so
	signs=$1 ref=$2
	rm -f g.st
	shift 2
	is "signed with $signs" 0 -- $create "$ref" --pin-file pin "$@"
	[ -e g.st ] || return
	if sshsig_genesis g.st 1 >out 2>&1; then
		echo "ok - ssh-keygen verifies it"
	else
		fail "ssh-keygen does not verify $signs"
	fi
	rm -f g.st
}
nothing() {
	[ ! -e g.st ] && echo "ok - nothing was signed: $1" || fail "$1: g.st"
	rm -f g.st
}
make_key() { # REF ARGS...
	encl key generate "$@" --yes && cp out pub || fail "key generate $*"
}
tries() { # NAME WANT: as Yubico's tool reads them
	command -v yubico-piv-tool >/dev/null 2>&1 || return 0
	tool -a status
	if grep -q "PIN tries left:[[:space:]]*$2\$" tool.log; then
		echo "ok - $1"
	else
		cp tool.log err
		fail "$1: not $2"
	fi
}

printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml
ssh-keygen -q -t ed25519 -N '' -f other && cp other.pub pub
(umask 077 && echo 123456 >pin && echo 000000 >wrong && echo 12345 >short)

# no cards, no daemon, no library
card none none
is "no card" 10 device_missing -- $create piv:
is "no card and a list" 0 -- key list
CARDS=empty,other
is "a reader without a card, and a card without PIV" 10 device_missing -- \
	$create piv:
FAULT=no-service
is "no daemon" 10 device_missing -- $create piv:
says "the daemon is named" err pcscd
is "no daemon and a list" 0 -- key list
mkdir nolib && : >nolib/libpcsclite.so.1
LIB=$T/nolib
is "no library" 10 key_library -- $create piv:
says "its package is named" err libpcsclite1
is "no library and a list" 0 -- key list
LIB=$B/tests/virtual

# references
card refs 17654321:5.7.4,20000001:5.7.4,empty
make_key 'piv:serial=17654321;slot=9a' --type ed25519
make_key 'piv:slot=82;serial=20000001' --type ecdsa-p256
is "two cards and no serial number" 10 key_ambiguous -- $create piv:
says "both are named" err 'piv:serial=17654321;slot=9c, piv:serial=20000001;slot=9c'
is "a slot does not choose the card" 10 key_ambiguous -- $create piv:slot=82
is "a card that is not there" 10 device_missing -- $create piv:serial=1
is "an empty slot" 10 key_missing -- $create piv:serial=17654321
is "a slot of the other card" 10 key_missing -- \
	$create 'piv:serial=17654321;slot=82'
for ref in slot=9b slot=f9 slot=96 slot=9 slot= serial= serial=x serial=0 \
	serial=017654321 serial=4294967296 'serial=1;serial=1' 'slot=9a;slot=9a' \
	'slot=9a;' ';' 'SLOT=9a' ' slot=9a' 'slot=9a,serial=1' 17654321; do
	is "piv:$ref" 2 usage -- key show "piv:$ref"
done
is "key list" 0 -- key list
says "a key of one" out '^piv:serial=17654321;slot=9a '
says "and of the other" out '^piv:serial=20000001;slot=82 '
[ "$(grep -c '^piv:' out)" -eq 2 ] && echo "ok - and no more" || fail list
encl key list -o json
silent "names of keys do not number the device" out \
	'"name": "[^"]*\(17654321\|20000001\)'
says "their references do" out 17654321
FAULT=busy:20000001
use 'piv:serial=17654321;slot=9a'
signs "one card, while another is busy" 'piv:serial=17654321;slot=9a'
is "the busy one" 10 device_busy -- $create 'piv:serial=20000001;slot=82'
is "one that may be the busy one" 10 device_busy -- $create piv:slot=9a
is "a list with a busy one" 10 device_busy -- key list
says "has the other" out '^piv:serial=17654321;slot=9a '
FAULT=
CARDS=17654321:5.7.4
use piv:slot=9a
signs "the only card" piv:slot=9a

# types and policies: every signature by stock ssh-keygen
card kinds 17654321:5.7.4
for t in ed25519 ecdsa-p256 ecdsa-p384; do
	for pin in never once always; do
		for touch in never cached always; do
			make_key piv:slot=9c --type $t --pin-policy $pin \
				--touch-policy $touch
			: >apdu
			signs "$t, PIN $pin, touch $touch" piv:
			grep -q ' 00200080 13 bytes' apdu
			case $pin$? in
			never1 | once0 | always0)
				echo "ok - the PIN was shown where it is asked for"
				;;
			*) fail "the PIN and policy $pin" ;;
			esac
		done
	done
done
[ "$(grep -c ' 0087....' apdu)" -eq 1 ] &&
	echo "ok - one signature is one command to sign" || fail "signatures"
make_key piv:slot=9c
signs "what is made without a word" piv:
says "which is a P-256 key" pub ecdsa-sha2-nistp256
TOUCH=never
rm -f g.st
is "it asks for a touch" 10 touch -- $create piv: --pin-file pin
nothing "no touch"
tries "a missing touch costs no PIN" 3
TOUCH=after:100
signs "a touch in time" piv:
TOUCH=auto
is "it asks for a PIN" 10 secret_missing -- $create piv:
nothing "no PIN"
for i in 1 2 3 4; do
	FAULT=high-s
	signs "high-S by the card, made low" piv:
done
FAULT=bad-signature
is "a signature that is wrong" 3 -- $create piv: --pin-file pin
says "that it was thrown away" err 'and goes nowhere'
nothing "a wrong signature"
FAULT=bad-tlv
is "answers that are cut short" 10 -- $create piv: --pin-file pin
nothing "cut short"
FAULT=

# the PIN
for i in 1 2 3 4 5; do
	is "a PIN that cannot be one" 10 pin -- $create piv: --pin-file short
done
tries "costs no try" 3
is "a wrong PIN" 10 pin -- $create piv: --pin-file wrong
says "what is left is said" err '2 tries are left'
nothing "a wrong PIN"
tries "as the card says" 2
signs "the right one then" piv:
tries "which gives all of them back" 3
encl $create piv: --pin-file wrong
encl $create piv: --pin-file wrong
tries "twice" 1
: >apdu
is "the last try is a person's" 10 secret_missing -- $create piv: --pin-file pin
tries "and was not taken" 1
silent "nothing was shown to the card" apdu ' 00200080 13 bytes'
person '[["One try is left","n\n"]]' $create piv:
verdict "who may decline it" 11 $? declined
tries "and keeps it" 1
person '[["One try is left","y\n"],["PIN for","123456\n"]]' $create piv:
verdict "or take it" 0 $?
rm -f g.st
tries "and has them all again" 3
person '[["(3 tries left)","000000\n"],["(2 tries left)","000001\n"],
["One try is left","y\n"],["PIN for","000002\n"]]' $create piv:
verdict "three wrong ones" 10 $? pin_blocked
nothing "blocked"
tries "block it" 0
: >apdu
person '[]' $create piv:
verdict "a blocked PIN" 10 $? pin_blocked
silent "is not asked for" out 'PIN for'
silent "nor shown" apdu ' 00200080 13 bytes'
is "with a file neither" 10 pin_blocked -- $create piv: --pin-file pin
if command -v yubico-piv-tool >/dev/null 2>&1; then
	tool -a unblock-pin -P 12345678 -N 123456 || fail unblock
	signs "after Yubico's tool unblocked it" piv:
fi

# unplugged, busy, reset by another
i=0
while [ $i -lt 40 ]; do
	FAULT=unplug:$i
	encl $create piv: --pin-file pin
	rc=$?
	[ $rc -eq 0 ] && break
	grep -q 'code: device_\(gone\|missing\)' err && [ $rc -eq 10 ] &&
		[ ! -e g.st ] || fail "unplugged after $i commands: $rc"
	i=$((i + 1))
done
[ $i -gt 8 ] && [ $i -lt 40 ] &&
	echo "ok - unplugged at any of $i moments: nothing was signed" ||
	fail "unplugged: $i"
rm -f g.st
FAULT=busy
is "another program has it" 10 device_busy -- $create piv: --pin-file pin
is "and a list says so" 10 device_busy -- key list
FAULT=reset:6
is "another program resets it" 10 device_busy -- $create piv: --pin-file pin
nothing "in the way of another"
FAULT=
tries "nothing of it cost a try" 3

# making keys
encl key show piv: && cp out before
is "a slot that holds a key" 11 declined -- key generate piv:
says "which is named" err "$(ssh-keygen -lf before | cut -d' ' -f2)"
encl key show piv:
cmp -s out before && echo "ok - and stays" || fail "the key is another"
person '[["Overwrite it for ever?","n\n"]]' key generate piv:
verdict "a person is asked" 11 $? declined
person '[["Overwrite it for ever?","y\n"]]' key generate piv: --type ed25519
verdict "and may agree" 0 $?
encl key show piv:
says "it is another key now" out ssh-ed25519
is "a wish that there is not" 2 usage -- key generate piv: --type rsa
is "a policy that there is not" 2 usage -- key generate piv: \
	--touch-policy sometimes
use piv:
is "a name" 0 -- key generate piv:slot=9d --name ops-7
says "of one's own" out ' ops-7$'

# management keys; the card changes them as Yubico's tool, and ykman, do
cat >raw.py <<'PY'
# raw.py LIBRARY HEX...: commands to the first card, after the factory's
# management key was shown to it
import ctypes, subprocess, sys
pcsc = ctypes.CDLL(sys.argv[1] + "/libpcsclite.so.1")
handle, ctx, proto = (ctypes.c_long() for _ in range(3))
name = b"Yubico YubiKey OTP+FIDO+CCID 00 00"
assert pcsc.SCardConnect(ctx, name, 2, 3, ctypes.byref(handle),
                         ctypes.byref(proto)) == 0


def send(apdu):
    buf, n = ctypes.create_string_buffer(512), ctypes.c_ulong(512)
    assert pcsc.SCardTransmit(handle, None, apdu, ctypes.c_ulong(len(apdu)),
                              None, buf, ctypes.byref(n)) == 0
    answer = buf.raw[:n.value]
    assert answer[-2:] == b"\x90\x00", answer.hex()
    return answer[:-2]


send(bytes.fromhex("00a4040005a000000308"))
challenge = send(bytes.fromhex("00870a9b047c02810000"))[4:]
factory = bytes(range(1, 9)) * 3
closed = subprocess.run(["openssl", "enc", "-aes-192-ecb", "-nopad", "-K",
                         factory.hex()], input=challenge, check=True,
                        stdout=subprocess.PIPE).stdout
send(bytes.fromhex("00870a9b147c128210") + closed)
for command in sys.argv[2:]:
    send(bytes.fromhex(command))
PY
raw() { with python3 raw.py "$LIB" "$@" 2>err || fail "raw $*"; }
# set_key ALG HEX [ff|fe]: fe asks for a touch at each use
set_key() {
	n=$((${#2} / 2))
	raw "00ffff${3:-ff}$(printf %02x $((n + 3)))${1}9b$(printf %02x $n)$2"
}
hex16=000102030405060708090a0b0c0d0e0f
hex24=${hex16}1011121314151617
for m in 08:$hex16 0a:$hex24 0c:$hex16$hex16 03:$hex24; do
	card "mgm-${m%%:*}" 17654321:5.7.4
	set_key "${m%%:*}" "${m#*:}"
	(umask 077 && echo "${m#*:}" >mgm && echo "${m#*:}00" >mgm-long &&
		echo "${m#*:}" | tr 0-9 1-90 >mgm-wrong)
	is "a management key of kind ${m%%:*}" 0 -- key generate piv: \
		--management-key-file mgm
	silent "no warning of the factory's" err factory
	is "a wrong one" 10 management_key -- key generate piv:slot=9a \
		--management-key-file mgm-wrong
	is "one that is too long" 10 management_key -- \
		key generate piv:slot=9a --management-key-file mgm-long
	is "none" 10 secret_missing -- key generate piv:slot=9a
	encl key show piv:slot=9a
	says "no key was made" err 'code: key_missing'
	use piv:
	signs "and the key signs" piv:
done
person '[["Management key","00\n"],["does not take it","'$hex24'\n"]]' \
	key generate piv:slot=9a
verdict "a person who mistypes it is asked again" 0 $?
card mgm-touch 17654321:5.7.4
set_key 0a $hex24 fe
(umask 077 && echo $hex24 >mgm)
TOUCH=after:100
is "a management key that wants a touch" 0 -- key generate piv: \
	--management-key-file mgm
TOUCH=never
is "and gets none" 10 management_key -- key generate piv:slot=9a \
	--management-key-file mgm
# As `ykman piv access change-management-key --protect` leaves it.
card mgm-kept 17654321:5.7.4
raw 00db3fff0c5c035fff0053058003810102 \
	"00db3fff235c035fc109531c881a8918$hex24" "00ffffff1b0a9b18$hex24"
is "a management key behind the PIN" 0 -- key generate piv: --pin-file pin
is "and a wrong PIN" 10 pin -- key generate piv:slot=9a --pin-file wrong
says "what is left is said" err '2 tries are left'
use piv:
signs "and the key signs" piv:
card factory 17654321:5.7.4
is "the factory's management key" 0 -- key generate piv:
says "is warned of" err 'management key is the one of the factory'

# old firmware
card old 20000001:5.4.3
is "Ed25519 on old firmware" 10 device_refused -- key generate piv: \
	--type ed25519
says "the firmware is named" err 5.4.3
is "ECDSA on old firmware" 0 -- key generate piv:
says "is warned of" err YSA-2024-03
use piv:
signs "all the same" piv:
card ancient 3000001:4.3.7
if command -v yubico-piv-tool >/dev/null 2>&1; then
	tool -a generate -s 9c -A ECCP256 --pin-policy once -o 9c.pub &&
		tool -a attest -s 9c -o 9c.pem &&
		tool -a import-certificate -s 9c -i 9c.pem || fail ancient
	use piv:
	signs "firmware that describes no keys: by the certificate" piv:
	(umask 077 && echo 010203040506070801020304050607080102030405060708 >mgm)
	is "it is not known whether a slot is empty" 11 declined -- \
		key generate piv:slot=9a --management-key-file mgm
	is "no default is tried unasked" 10 secret_missing -- \
		key generate piv:slot=9a --yes
	is "asked for, it does" 0 -- key generate piv:slot=9a --yes \
		--management-key-file mgm

	# keys of other makers' tools
	card tools 17654321:5.4.3
	openssl ecparam -name prime256v1 -genkey -noout -out imported.pem
	tool -a import-key -s 9a -i imported.pem --pin-policy once || fail import
	use piv:slot=9a
	signs "a key that was imported" piv:slot=9a
	tool -a generate -s 9c -A ECCP384 -o 9c.pub || fail generate
	use piv:
	signs "a key that Yubico's tool made" piv:
	is "an imported key" 10 device_refused -- key attest piv:slot=9a \
		--evidence-root "$DIR/roots.pem"
	says "is not attested" err 'not made in the device'
else
	echo "skipped keys-piv: there is no yubico-piv-tool"
fi

# attestation
card shown 17654321:5.7.4,20000001:5.4.3,30000001:5.7.1
root="--evidence-root $DIR/roots.pem"
new=piv:serial=17654321 old=piv:serial=20000001 mid=piv:serial=30000001
make_key $new && cp out new.pub
make_key "$new;slot=9a" --touch-policy never
make_key "$new;slot=9d" --pin-policy never
make_key "$new;slot=9e" --type ed25519 --pin-policy always \
	--touch-policy cached
make_key $old && cp out old.pub
make_key $mid --type ecdsa-p384 --pin-policy always
is "held in hardware" 0 -- key attest $new $root --out new.pem
says "in words" out '^VERIFIED: held in hardware, touch required$'
says "its firmware and slot" out 'firmware 5.7.4, slot 9c'
says "whose root it is" out "NOT Yubico's: you named"
[ "$(grep -c BEGIN new.pem)" -eq 4 ] &&
	echo "ok - the bundle has what stands between" || fail "new.pem"
[ "$(stat -c %a new.pem)" = 600 ] && echo "ok - it is private" || fail mode
says "its hash is said" out "$(sha256sum new.pem | cut -d' ' -f1)"
is "a file is not overwritten" 6 file_exists -- key attest $new $root \
	--out new.pem
is "a device right below its root" 0 -- key attest $mid $root
is "old firmware" 3 evidence_weak -- key attest $old $root --out old.pem
says "said in words" out '^TOO WEAK'
says "and why" out YSA-2024-03
is "no touch" 3 evidence_weak -- key attest "$new;slot=9a" $root
silent "which has nothing to do with firmware" out YSA
is "no PIN" 3 evidence_weak -- key attest "$new;slot=9d" $root
is "a cached touch" 3 evidence_weak -- key attest "$new;slot=9e" $root
is "no root" 2 evidence_root -- key attest $new
says "does not look like success" out '^NOT VERIFIED'
is "another's root" 3 evidence_bad -- key attest $new \
	--evidence-root "$DIR/root.pem"
is "an empty slot" 10 key_missing -- key attest "$new;slot=95" $root
is "a file key" 10 key_scheme -- key attest file:x $root
CARDS=none
is "offline" 0 -- key attest --verify new.pem --key @new.pub $root
is "offline, in JSON" 0 -- key attest --verify new.pem --key @new.pub $root \
	-o json
python3 - <<'PY' && echo "ok - which says the same" || fail "JSON"
import json
j = json.load(open("out"))
h = j["hardware"]
assert h["verified"] is True and h["touch"] == "always" and h["pin"] == "once"
assert h["firmware"] == "5.7.4" and "maker" not in h
assert j["slot"] == "9c" and j["serial"] == 17654321
PY
is "for another key" 3 evidence_key -- key attest --verify new.pem \
	--key @old.pub $root
is "weak, offline" 3 evidence_weak -- key attest --verify old.pem \
	--key @old.pub $root
head -c 900 new.pem >cut.pem
is "a bundle that is cut" 3 evidence_bad -- key attest --verify cut.pem \
	--key @new.pub $root
is "a bundle without its key" 2 usage -- key attest --verify new.pem $root
is "two things at once" 2 usage -- key attest $new --verify new.pem \
	--key @new.pub $root
is "neither" 2 usage -- key attest $root
is "roots that are none" 2 usage -- key attest --verify new.pem \
	--key @new.pub --evidence-root new.pub

silent "no PIN in what was logged" apdu 123456
exit $bad
