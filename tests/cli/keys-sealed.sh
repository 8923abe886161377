#!/bin/sh
# SPDX-License-Identifier: ISC
# sealed: keys, with the real libykpers on a virtual YubiKey.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
top=$PWD
. tests/lib/sshsig.sh
. tests/lib/expect.sh
. tests/lib/wait.sh
virtual=$B/tests/virtual
[ -e "$virtual/libusb-1.0.so.0" ] && command -v ykpersonalize >/dev/null || {
	echo "skipped keys-sealed: no virtual YubiKey, or no ykpersonalize"
	exit 77
}
T=$(mktemp -d /tmp/encl-sealed.XXXXXX) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
key=$T/key

# VARS: what else is in the environment.
encl() {
	env -i HOME="$T" PATH="$PATH" LD_LIBRARY_PATH="$virtual" \
		VYK_STATE="$key" VYK_LOG="$T/log" VYK_TIMEOUT=300 $VARS \
		setsid -w "$B/bin/encl" "$@" >out 2>err </dev/null
}
VARS=
yk() { # a tool of Yubico's
	LD_LIBRARY_PATH="$virtual" VYK_STATE="$key" "$@" >yk.out 2>&1 || {
		echo "not ok - $*"
		sed 's/^/# /' yk.out
		bad=1
	}
}
same() {
	if cmp -s "$2" "$3"; then echo "ok - $1"; else fail "$1"; fi
}
touches() { # NAME N: so many since the log was emptied
	n=$(grep -c ' touched$' log)
	if [ "$n" -eq "$2" ]; then echo "ok - $1"; else fail "$1: $n touches"; fi
	: >log
}
epoch() {
	sed -n 's/^epoch: //p' "$1"
}
: >log
(umask 077 && echo 'correct horse battery' >pass && echo 'wrong horse' >wrong)
printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml
pass="--passphrase-file pass"
rec="--recovery-out rec"
# sign NAME EXIT [CODE] -- FILE [ARG]...: a genesis; on an error nothing is
# written and the file is as it was
sign() {
	name=$1 want=$2 code=$3
	shift 2
	[ "$1" = -- ] && code= || shift
	shift
	f=$1
	shift
	rm -f g.st
	cp "$f" before
	is "$name" "$want" $code -- enclave create -f enclave.yaml --yes \
		--control-key "sealed:$f" --sign-only g.st $pass "$@"
	if [ "$want" -ne 0 ]; then
		[ ! -e g.st ] || fail "$name: something was signed"
		cmp -s "$f" before || fail "$name: the file was changed"
	elif sshsig_genesis g.st 1 >out 2>&1; then
		echo "ok - $name: ssh-keygen verifies it"
	else
		fail "$name: ssh-keygen does not verify it"
	fi
}

# making one
gen="key generate sealed:a.key --name ops-1 $pass"
VARS=VYK_KEYS=0 is "no YubiKey" 10 device_missing -- $gen $rec
VARS=VYK_KEYS=3 is "several, and none is named" 10 key_ambiguous -- $gen $rec
says "they are listed" err '17654321, 17654322, 17654323'
VARS=VYK_KEYS=2 is "one that is not there" 10 device_missing -- $gen $rec --serial 99
is "no serial number" 2 usage -- $gen $rec --serial x
is "a slot that there is not" 2 usage -- $gen $rec --slot 3
is "another algorithm" 2 usage -- $gen $rec --type ecdsa-p256
is "nowhere to show the recovery key" 2 usage -- $gen
is "an empty slot" 10 device_refused -- $gen $rec
says "which it is" err 'Slot 2 of YubiKey 17654321 is empty'
secret=303132333435363738393a3b3c3d3e3f40414243
yk ykpersonalize -y -1 -ochal-resp -ochal-hmac -ohmac-lt64 -a$secret
is "a slot that answers without a touch" 10 touch_off -- $gen $rec --slot 1
yk ykpersonalize -y -1 -a000102030405060708090a0b0c0d0e0f
is "a slot of another kind" 10 device_refused -- $gen $rec --slot 1
cp "$key" key.before
is "nobody agrees to lose what the slot holds" 11 declined -- $gen $rec --slot 1 --program
same "and it is there still" "$key" key.before
yk ykpersonalize -y -1 -oaccess=010203040506 -a000102030405060708090a0b0c0d0e0f
is "a slot with an access code" 10 device_refused -- $gen $rec --slot 1 --program --yes
(umask 077 && echo 01020304050a >code.bad && echo 010203040506 >code)
is "a wrong access code" 10 device_refused -- $gen $rec --slot 1 --program --yes --access-code --management-key-file code.bad
echo mine >rec
is "the recovery key goes over no file" 6 file_exists -- $gen $rec --program --yes
rm rec
is "no such folder" 1 file_write -- key generate sealed:nowhere/a.key $pass $rec --program --yes
is "no such folder for the recovery key" 1 file_write -- $gen --recovery-out nowhere/rec --program --yes
is "too many" 2 usage -- $gen $rec $(seq -f '--serial %.0f' 9)
[ ! -e a.key ] && echo "ok - nothing was left behind" || fail "a.key is there"
: >log
is "key generate" 0 -- $gen $rec --program --yes
cp out a.pub
touches "one touch" 1
says "stdout is the public key line" out '^ssh-ed25519 AAAA[A-Za-z0-9+/=]* ops-1$'
[ "$(stat -c %a a.key)$(stat -c %a rec)" = 600600 ] && echo "ok - mode 0600" || fail "mode"
head -n 1 a.key | grep -qx 'encl-sealed-key/v1' && echo "ok - the format" || fail "format"
private=$(tr -d ' \n' <rec)
python3 - "$private" a.key <<'PY' && echo "ok - the recovery key is not in the file" || bad=1
import base64, re, sys
key = bytes.fromhex(sys.argv[1])
text = open(sys.argv[2]).read()
assert sys.argv[1] not in text and len(key) == 32
for run in re.findall(r"[A-Za-z0-9+/]{40,}=*", text):
    assert key not in base64.b64decode(run)
PY
is "a file is never overwritten" 6 file_exists -- $gen --recovery-out rec2 --program --yes
is "with its access code" 0 -- key generate sealed:one.key $pass --recovery-out one.rec --slot 1 --program --yes --access-code --management-key-file code
is "key list" 0 -- key list "$T"
says "knows it" out 'sealed:.*/a.key .* ops-1$'
VARS=VYK_KEYS=0 is "key show needs no YubiKey" 0 -- key show sealed:a.key
same "it is the same key" out a.pub

# signing
: >log
sign "a signature" 0 -- a.key
touches "is one touch" 1
[ "$(epoch a.key)" = 2 ] && ! cmp -s a.key before &&
	echo "ok - its challenge was renewed" || fail "not renewed"
sign "the next one" 0 -- a.key
[ "$(epoch a.key)" = 3 ] && echo "ok - so was the next" || fail "epoch"
# a finger that comes once it is asked for
late="VYK_TOUCH=file:$T/finger VYK_TIMEOUT=120000"
finger() {
	: >err
	(comes grep -q 'touch YubiKey' err && touch finger) &
}
finger
VARS=$late sign "a late touch" 0 -- a.key
wait
finger
VARS=$late is "a late touch" 0 -- key renew sealed:a.key $pass
wait
says "is asked for, and where" err 'YubiKey 17654321, slot 2'
VARS=VYK_FAULT=kerneldrv sign "with the kernel's driver on it" 0 -- a.key
is "the other slot" 0 -- key renew sealed:one.key $pass

# each of these signs nothing and loses nothing
VARS=VYK_TOUCH=never sign "nobody touches it" 10 touch -- a.key
VARS=VYK_KEYS=0 sign "no YubiKey is there" 10 device_missing -- a.key
VARS="VYK_STATE=$T/stranger VYK_SERIAL=5" sign "another YubiKey" 10 device_missing -- a.key
says "both are named" err 'YubiKey 17654321; plugged in is 5'
VARS=VYK_FAULT=busy sign "another program has it" 10 device_busy -- a.key
VARS=VYK_FAULT=access sign "no access" 10 device_refused -- a.key
says "what to do" err libyubikey-udev
VARS=VYK_FAULT=list sign "the list of devices fails" 10 'device_gone|device_missing' -- a.key
VARS=VYK_FAULT=crash sign "libykpers crashes" 10 device_gone -- a.key
VARS=VYK_FAULT=crc sign "wrong checksums" 10 device_gone -- a.key
VARS=VYK_FAULT=unplug:3 sign "unplugged at once" 10 device_gone -- a.key
VARS=VYK_FAULT=pull:3 sign "unplugged while it waits for a touch" 10 device_gone -- a.key
is "a wrong passphrase" 10 passphrase -- key renew sealed:a.key --passphrase-file wrong
silent "which is not printed" err 'wrong horse'
cp "$key" key.good
yk ykpersonalize -y -2 -ochal-resp -ochal-hmac -ohmac-lt64 -ochal-btn-trig -oserial-api-visible -a$secret
sign "its slot was written by another program" 10 passphrase -- a.key
says "which is said" err 'YubiKey 17654321, slot 2 holds another secret'
yk ykpersonalize -y -2 -z
sign "its slot was wiped" 10 device_refused -- a.key
cp key.good "$key"
mkdir nolib && : >nolib/libykpers-1.so.1
VARS="LD_LIBRARY_PATH=$T/nolib" sign "libykpers is not there" 10 key_library -- a.key
sign "nothing was lost" 0 -- a.key

# the file
chmod 644 a.key
is "a file that others can read" 4 config_open -- key renew sealed:a.key $pass
is "is not even shown" 4 config_open -- key show sealed:a.key
chmod 600 a.key
edited() { # NAME CODE SED
	sed "$3" a.key >bad.key
	chmod 600 bad.key
	! cmp -s a.key bad.key || fail "$1: nothing was edited"
	is "$1" 10 "$2" -- key renew sealed:bad.key $pass --allow-old-copy
}
cp a.key before
edited "another name" passphrase 's/^name: ops-1/name: ops-2/'
edited "another recovery key" passphrase \
	'/^recovery/s/x25519 A/x25519 B/;t;/^recovery/s/x25519 ./x25519 A/'
edited "another recovery box" passphrase \
	'/^recovery/s/^\(.\{100\}\)A/\1B/;t;/^recovery/s/^\(.\{100\}\)./\1A/'
edited "an earlier epoch" passphrase 's/^epoch: .*/epoch: 1/'
edited "renewal turned off" passphrase 's/renew=1/renew=0/'
edited "one more YubiKey" passphrase 's/serials=17654321/&,17654399/'
edited "a second spelling" key_file_bad 's/slot=2/slot=02/'
head -c 300 a.key >bad.key
is "a file that is cut" 10 key_file_bad -- key renew sealed:bad.key $pass
is "a file of another kind" 10 key_file_bad -- key renew sealed:rec $pass
is "no file" 10 key_missing -- key renew sealed:nothere $pass
cmp -s a.key before || fail "a.key was changed"

# an old copy
cp -p a.key old.key
sign "one more signature" 0 -- a.key
cp -p a.key new.key && cp -p old.key a.key
sign "an old copy" 10 key_old_copy -- a.key
mkdir -m 700 thief && cp -p old.key thief/a.key
VARS="HOME=$T/thief" sign "which opens where nobody remembers a newer one" 0 -- thief/a.key
is "a try of it is refused here as well" 10 key_old_copy -- key enroll sealed:a.key --test $pass
is "until that is asked for" 0 -- key enroll sealed:a.key --test $pass --allow-old-copy
cp -p old.key a.key
sign "and here, when that is asked for" 0 -- a.key --allow-old-copy
[ "$(epoch a.key)" -gt "$(epoch new.key)" ] &&
	echo "ok - it is the newest then" || fail "epoch"
cp -p a.key kept && cp -p new.key a.key
sign "and the other one is old" 10 key_old_copy -- a.key
cp -p kept a.key

# a folder for what was seen that cannot be written
: >nostate
VARS="XDG_STATE_HOME=$T/nostate" sign "nothing can be remembered" 0 -- a.key
# a link is followed, and stays one
ln -s a.key link.key
sign "by a link" 0 -- link.key
[ -L link.key ] && [ "$(epoch a.key)" -gt "$(epoch kept)" ] &&
	echo "ok - the file behind it was renewed" || fail "link"

# a folder that cannot be written: the signature is worth more
if [ "$(id -u)" -ne 0 ]; then
	mkdir ro && cp -p a.key ro/ && chmod 500 ro
	sign "in a folder that cannot be written" 0 -- ro/a.key
	chmod 700 ro
fi

# two YubiKeys with one secret
: >log
VARS=VYK_KEYS=2 is "one secret in two YubiKeys" 0 -- key generate sealed:two.key $pass --recovery-out two.rec --program --yes --serial 17654322 --serial 17654321
cp out two.pub
touches "each is touched" 2
says "both are in the file" two.key 'serials=17654321,17654322'
VARS="VYK_STATE=$key.1" sign "the second alone" 0 -- two.key
sign "the first alone" 0 -- two.key
: >log
VARS=VYK_KEYS=2 sign "with both, one" 0 -- two.key
touches "is touched" 1
# YubiKeys of another make
shy="VYK_STATE=$T/shy VYK_HIDDEN=1"
VYK_STATE=$T/shy LD_LIBRARY_PATH=$virtual ykpersonalize -y -2 -ochal-resp -ochal-hmac -ohmac-lt64 -ochal-btn-trig -a$secret >yk.out 2>&1
VARS=$shy is "one that does not tell its number" 10 device_refused -- key generate sealed:shy.key $pass --recovery-out shy.rec
VARS=$shy is "does, when encl has written it" 0 -- key generate sealed:shy.key $pass --recovery-out shy.rec --program --yes
says "and is known by it" shy.key 'serials=17654321$'
VARS=$shy sign "it signs" 0 -- shy.key
VARS="VYK_STATE=$T/old VYK_VERSION=2.1.0" is "one that is too old" 10 device_refused -- key generate sealed:x.key $pass --recovery-out x.rec --program --yes
says "it is said" err 'too old'

# beside others, on a statement that somebody else made
is "one of two signs" 0 -- enclave create -f enclave.yaml --yes --control-key sealed:one.key --control-key @two.pub --threshold 2 --key sealed:one.key --sign-only both.st $pass
is "the other signs" 0 -- upgrade sign both.st --key sealed:two.key --yes $pass
sshsig_genesis both.st 2 >out 2>&1 && echo "ok - ssh-keygen verifies both" || fail "ssh-keygen"
cp -p two.key three.key
VARS=VYK_KEYS=3 is "a third" 0 -- key renew sealed:three.key $pass --program --yes --serial 17654323
says "belongs to it now" three.key 'serials=17654321,17654322,17654323'
VARS="VYK_STATE=$key.2" sign "and is enough" 0 -- three.key
cp "$key.2" key2.before
yk ykpersonalize -y -2 -ochal-resp -ochal-hmac -ohmac-lt64 -ochal-btn-trig -oserial-api-visible -a$secret
VARS=VYK_KEYS=2 is "two YubiKeys with two secrets" 10 device_refused -- key generate sealed:x.key $pass --recovery-out x.rec --serial 17654321 --serial 17654322
[ ! -e x.key ] && [ ! -e x.rec ] && echo "ok - make no key" || fail "x.key"

# a slot that another program wrote
is "a slot as it is" 0 -- key generate sealed:foreign.key $pass --recovery-out foreign.rec
says "its secret is not known" foreign.key 'renew=0'
sign "a signature" 0 -- foreign.key
same "renews nothing" foreign.key before
: >log
is "key renew" 0 -- key renew sealed:foreign.key $pass
touches "is two touches" 2
[ "$(epoch foreign.key)" = 2 ] && echo "ok - and renews" || fail "epoch"
sign "and it opens" 0 -- foreign.key
yk ykpersonalize -y -1 -c010203040506 -ochal-resp -ochal-hmac -ochal-btn-trig -oserial-api-visible -a$secret
is "a slot without HMAC_LT64" 0 -- key generate sealed:whole.key $pass --recovery-out whole.rec --slot 1
sign "signs as well" 0 -- whole.key
is "there is no secret to give to another" 2 usage -- key renew sealed:foreign.key $pass --program --yes
is "nothing to renew in a file" 10 key_scheme -- key renew file:nothere

# recovery: no YubiKey, no passphrase
(umask 077 && tr 'a-f0-9' 'A-F1-90' <rec >rec.bad && tr -d ' ' <rec >rec.typed)
VARS=VYK_KEYS=0 is "another recovery key" 10 passphrase -- key recover sealed:a.key file:r.key --recovery-file two.rec $pass
VARS=VYK_KEYS=0 is "a mistyped one" 10 passphrase -- key recover sealed:a.key file:r.key --recovery-file rec.bad $pass
[ ! -e r.key ] && echo "ok - recover nothing" || fail "r.key is there"
VARS=VYK_KEYS=0 is "the right one" 0 -- key recover sealed:a.key file:r.key --recovery-file rec.typed $pass
same "brings the same key" out a.pub
silent "and is not printed" err "$(head -c 19 rec)"
VARS=VYK_KEYS=0 is "which signs" 0 -- enclave create -f enclave.yaml --yes --control-key file:r.key --sign-only r.st $pass
sshsig_genesis r.st 1 >out 2>&1 && echo "ok - by ssh-keygen" || fail "ssh-keygen"
is "into a new sealed file" 0 -- key recover sealed:a.key sealed:b.key --recovery-file rec --recovery-out b.rec --program --yes $pass
same "the same key" out a.pub
sign "which signs" 0 -- b.key
sign "while the old file is old" 10 key_old_copy -- a.key
is "no recovery key for a file" 10 key_scheme -- key recover file:r.key file:s.key --recovery-file rec
is "a place that makes its own keys" 10 key_scheme -- key recover sealed:b.key server:x --recovery-file b.rec

# killed while it renews: whatever is there opens (test_sealed_store does it at
# every single step)
for i in 1 2 3 4 5 6; do
	env -i HOME="$T" PATH="$PATH" LD_LIBRARY_PATH="$virtual" \
		VYK_STATE="$key" "$B/bin/encl" key renew sealed:b.key $pass \
		>out 2>&1 </dev/null &
	sleep 0.$((20 + 5 * i))
	kill -9 $! 2>/dev/null
	wait $!
done
sign "nothing was lost when it was killed" 0 -- b.key
[ ! -e b.key.new ] && echo "ok - and nothing lies about" || fail "b.key.new"

# two at once
e=$(epoch b.key)
for i in 1 2; do
	env -i HOME="$T" PATH="$PATH" LD_LIBRARY_PATH="$virtual" \
		VYK_STATE="$key" "$B/bin/encl" key renew sealed:b.key $pass \
		>out.$i 2>&1 </dev/null &
done
wait
[ "$(epoch b.key)" -eq $((e + 2)) ] && echo "ok - two at once take turns" ||
	fail "two at once"

# a person at a terminal
person() { # NAME EXIT SCRIPT ARGS...
	name=$1 want=$2 script=$3
	shift 3
	env -i HOME="$T" PATH="$PATH" LD_LIBRARY_PATH="$virtual" \
		VYK_STATE="$key" VYK_LOG="$T/log" TERM=xterm $VARS \
		python3 "$top/tests/cli/terminal.py" "$script" -- \
		"$B/bin/encl" "$@" >out 2>err
	rc=$?
	[ $rc -eq "$want" ] && echo "ok - $name" || fail "$name: exit $rc"
}
cp "$key" key.before
person "no is no" 11 '[["New passphrase", "correct horse\n"],
	["same again", "correct horse\n"], ["lost for ever", "n\n"]]' \
	key generate sealed:t.key --program
same "and nothing was written" "$key" key.before
person "a person makes a key" 0 '[["New passphrase", "correct horse\n"],
	["same again", "correct horse\n"], ["lost for ever", "y\n"]]' \
	key generate sealed:t.key --program
tr -d '\r' <out | grep -xE '  ([0-9a-f]{4} ){15}[0-9a-f]{4}' >t.rec
chmod 600 t.rec
[ "$(wc -l <t.rec)" -eq 1 ] && echo "ok - the recovery key is shown once" ||
	fail "no recovery key"
VARS=VYK_KEYS=0 is "which is the file's" 0 -- key recover sealed:t.key file:t2.key --recovery-file t.rec $pass
cp t.key before
VARS="VYK_TOUCH=never VYK_TIMEOUT=600000" person "Ctrl-C while it blinks" 200 '[["Passphrase for", "correct horse\n"],
	["touch YubiKey", "\u0003"], ["never comes", ""]]' \
	key renew sealed:t.key
same "leaves the file as it is" t.key before
attached() { [ "$(tail -n 1 log)" = 'kernel driver attached' ]; }
comes attached &&
	echo "ok - and gives the kernel its driver back" || fail "$(tail -n 2 log)"
cp key.before "$key"

# docs/keys.md: what the page says, as it stands, but for the question before a
# slot is written
mkdir page && cp -p pass enclave.yaml page/ && cd page || exit 1
awk '/^## / { on = /^## sealed:/ } /^```/ { sh = on && $0 == "```sh"; next } sh' \
	"$top/docs/keys.md" | sed 's/ --program/& --yes/' >script
env -i HOME="$T" PATH="$B/bin:$PATH" LD_LIBRARY_PATH="$virtual" ENCL_YES=1 \
	VYK_STATE="$T/key.page" ENCL_PASSPHRASE_FILE=pass sh -ex ./script \
	>out 2>err </dev/null && [ -e plain.key ] &&
	sshsig_genesis sealed.statement 1 >out 2>&1 &&
	echo "ok - docs/keys.md" || fail "docs/keys.md"
cd ..

# encl without libykpers: the same build, but for one file
grep -q __asan_init "$B/bin/encl" && {
	echo "skipped a build with YKPERS=0: this one has sanitizers"
	exit $bad
}
mkdir without && cp -a "$B/obj" "$B/lib" without/ &&
	rm without/lib/libencl_cli.a without/obj/cli/keys/ykpers_lib.[od]
if make -s -C "$top" YKPERS=0 BUILD="$T/without" "$T/without/bin/encl" \
	>out 2>&1; then
	B=$T/without
	sign "a build with YKPERS=0 says so" 10 key_library -- b.key
	says "in words" err 'built without libykpers'
	VARS=VYK_KEYS=0 is "and still recovers" 0 -- key recover sealed:b.key file:z.key --recovery-file b.rec $pass
else
	fail "a build with YKPERS=0"
fi
exit $bad
