#!/bin/sh
# SPDX-License-Identifier: ISC
# docs/keys.md: the sh blocks of its sections on file:, piv:, ssh-agent: and
# pkcs11: run as they stand (sealed: in keys-sealed.sh, server: in upgrade.sh).  Broken when the page claims what the programs do not do.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
page=$PWD/docs/keys.md
. tests/lib/sshsig.sh
. tests/lib/agent.sh
T=$(mktemp -d /tmp/encl-docs.XXXXXX) || exit 1
agent=
trap '[ -z "$agent" ] || kill $agent; rm -rf "$T"' EXIT
cd "$T" || exit 1
export PATH="$B/bin:$PATH" HOME="$T" ENCL_YES=1
printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml
bad=0

# section HEADING STATEMENT...: its sh blocks, as one script, which leaves
# statements that OpenSSH verifies
section() {
	awk -v heading="## $1" '/^## / { on = $0 == heading }
		/^```/ { sh = on && $0 == "```sh"; next } sh' "$page" >script
	name=$1
	shift
	if [ -s script ] && sh -ex ./script >out 2>&1 &&
		for s in "$@"; do sshsig_genesis "$s" 1 >>out 2>&1 || exit; done; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/# /' out
		bad=1
	fi
}

(umask 077 && echo 'correct horse battery' >pass)
export ENCL_PASSPHRASE_FILE="$T/pass"
section "file: a key in a file" file.statement
unset ENCL_PASSPHRASE_FILE

dummy=/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so
if [ -e $dummy ]; then
	export SSH_SK_PROVIDER=$dummy SSH_AUTH_SOCK="$T/agent"
	ssh-agent -D -a "$SSH_AUTH_SOCK" -P '/usr/lib/*' >/dev/null &
	agent=$!
	agent_wait "$SSH_AUTH_SOCK" || exit 1
	section "ssh-agent: whatever an SSH agent holds" genesis.statement
	unset SSH_AUTH_SOCK
else
	echo "skipped ssh-agent: openssh-tests is not installed"
fi

if [ -e "$B/tests/virtual/libpcsclite.so.1" ]; then
	mkdir cards && (umask 077 && echo 123456 >pin)
	export VPIV_DIR="$T/cards" ROOTS="$T/cards/roots.pem"
	export LD_LIBRARY_PATH="$B/tests/virtual"
	section "piv: a key that a YubiKey made and keeps" piv.statement
	unset LD_LIBRARY_PATH
else
	echo "skipped piv: there is no virtual card"
fi

if command -v softhsm2-util >/dev/null 2>&1; then
	mkdir tokens
	echo "directories.tokendir = $T/tokens" >softhsm2.conf
	export SOFTHSM2_CONF="$T/softhsm2.conf" ENCL_PIN_FILE="$T/pin"
	(umask 077 && echo 1234 >pin)
	softhsm2-util --init-token --free --label ops --pin 1234 \
		--so-pin 12345678 >/dev/null
	section "pkcs11: smart cards and HSMs" hsm.statement
else
	echo "skipped pkcs11: softhsm2 is not installed"
fi
exit $bad
