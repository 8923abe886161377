#!/bin/sh
# SPDX-License-Identifier: ISC
# The virtual YubiKey, held against Yubico's own tools and a NIST vector: what
# the tests of sealed keys stand on.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
for tool in ykinfo ykchalresp ykpersonalize; do
	command -v $tool >/dev/null || {
		echo "skipped keys-yubikey: there is no $tool"
		exit 77
	}
done
[ -e "$B/tests/virtual/libusb-1.0.so.0" ] || {
	echo "skipped keys-yubikey: there is no virtual YubiKey"
	exit 77
}
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
export LD_LIBRARY_PATH="$B/tests/virtual" VYK_STATE="$T/key" VYK_LOG="$T/log"
export VYK_TIMEOUT=200
bad=0

# is NAME EXIT PATTERN COMMAND...: PATTERN is in what it prints
is() {
	name=$1 want=$2 pattern=$3
	shift 3
	env $VARS "$@" >out 2>&1
	rc=$?
	if [ $rc -eq "$want" ] && grep -q -- "$pattern" out; then
		echo "ok - $name"
	else
		echo "not ok - $name: exit $rc, not $want, or no $pattern"
		sed 's/^/# /' out
		bad=1
	fi
}
VARS=
nist=303132333435363738393a3b3c3d3e3f40414243
mac=^0922d3405faa3d194f82a45830737d5cc6c75d24$
hmac="-ochal-resp -ochal-hmac -ohmac-lt64"
VARS=VYK_KEYS=0 is "nothing is plugged in" 1 'no yubikey' ykinfo -a
is "a new key has empty slots" 0 '^touch_level: 0' ykinfo -a
is "a slot is programmed" 0 '' ykpersonalize -y -2 $hmac -a$nist
is "and is said to be" 0 '^touch_level: 2' ykinfo -a
is "serial number" 0 '^serial: 17654321' ykinfo -s
is "NIST PUB 198 A.2" 0 $mac ykchalresp -2 'Sample #2'
is "the other slot answers nothing" 1 timeout ykchalresp -1 'Sample #2'
is "a slot that wants a touch" 0 '' ykpersonalize -y -1 $hmac -ochal-btn-trig -a$nist
is "is touched" 0 $mac ykchalresp -1 'Sample #2'
is "and does not answer without" 1 'would block' ykchalresp -N -1 'Sample #2'
VARS=VYK_TOUCH=never is "nobody touches" 1 timeout ykchalresp -1 'Sample #2'
VARS=VYK_TOUCH=after:100 is "a late touch" 0 $mac ykchalresp -1 'Sample #2'
VARS="VYK_TOUCH=after:100 VYK_TIMEOUT=50" is "too late a touch" 1 timeout ykchalresp -1 'Sample #2'
touch finger
VARS=VYK_TOUCH=file:finger is "a touch by file" 0 $mac ykchalresp -1 'Sample #2'
VARS=VYK_TOUCH=file:finger is "is one touch" 1 timeout ykchalresp -1 'Sample #2'
VARS=VYK_FAULT=access is "no access" 1 'Access denied' ykchalresp -2 a
VARS=VYK_FAULT=busy is "busy" 1 'Resource busy' ykchalresp -2 a
VARS=VYK_FAULT=crc is "wrong checksums" 1 'checksum mismatch' ykchalresp -2 a
VARS=VYK_FAULT=unplug:5 is "unplugged" 1 'No such device' ykchalresp -2 a
VARS=VYK_FAULT=pull:2 is "unplugged after the challenge" 1 'No such device' ykchalresp -2 a
VARS=VYK_FAULT=kerneldrv is "with the kernel's keyboard driver" 0 . ykchalresp -2 a
grep -q '^kernel driver detached' log && grep -q '^kernel driver attached' log &&
	echo "ok - which is put back" || bad=1
VARS=VYK_KEYS=2 is "a second key has its own number" 0 '^serial: 17654322' ykinfo -n 1 -s
VARS=VYK_KEYS=2 is "and its own slots" 0 '^touch_level: 0' ykinfo -n 1 -t
is "an access code is set" 0 '' ykpersonalize -y -1 $hmac -oaccess=010203040506 -a$nist
is "and asked for" 2 'write error' ykpersonalize -y -1 $hmac -a$nist
is "a wrong one is refused" 2 'write error' ykpersonalize -y -1 -c010203040507 $hmac -a$nist
is "the right one is taken" 0 '' ykpersonalize -y -1 -c010203040506 $hmac -a$nist
# libykpers 1.20 crashes here, which encl has to survive
VYK_FAULT=list ykinfo -s >out 2>&1
[ $? -ne 0 ] && echo "ok - the list of devices fails" || bad=1
exit $bad
