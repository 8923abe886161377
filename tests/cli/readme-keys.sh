#!/bin/sh
# SPDX-License-Identifier: ISC
# The README's table of keys, row by row: the command in it makes a key, the key
# signs, it asks for what the row says, and the types of the row are those that
# there are.  Broken when a row is not true.
cd "$(dirname "$0")/../.." || exit 1
page=$PWD/README.md
. tests/lib/cli.sh
. tests/lib/agent.sh
. tests/lib/table.sh
cli_start
agents=
end() {
	[ -z "$agents" ] || kill $agents 2>/dev/null
	[ ! -d "$T/gnupg" ] || GNUPGHOME=$T/gnupg gpgconf --kill all
	cli_stop
}
trap end EXIT
encl() { "$B/bin/encl" "$@"; }
mkdir home cards tokens
export PATH="$B/bin:$PATH" ENCL_YES=1 HOME="$T/home" VPIV_DIR="$T/cards"
export ENCL_PIN_FILE="$T/pin"
export ENCL_PASSPHRASE_FILE="$T/pass" ENCL_SERVER="$ENCLD_URL"
export ENCL_TOKEN_FILE="$T/token"
table_open "$page" keys

# row PATTERN: its types, what it asks for, and its command
row() {
	table_row "$1" || return 1
	types=$(table_cell 2) asks=$(table_cell 4) made=$(table_cell 5)
}
quietly() {
	"$@" >out 2>err </dev/null || { fail "$*"; return 1; }
}
signs() { # REF: the key works
	quietly encl key enroll "$1" --test && echo "ok - $1 signs"
}
# The row's command, but for what a terminal would be asked.
made() {
	quietly sh -ec "$made $1" && echo "ok - $made"
}
# try REF TYPE...: generate makes keys of the row's types and of no others
try() {
	ref=$1
	shift
	for t in Ed25519:ed25519 P-256:ecdsa-p256 P-384:ecdsa-p384; do
		encl key generate "$(echo "$ref" | sed "s/TYPE/${t#*:}/")" \
			--type "${t#*:}" "$@" >out 2>err </dev/null
		rc=$?
		case $types in
		*${t%:*}*) [ $rc -eq 0 ] && signs "$(echo "$ref" |
			sed "s/TYPE/${t#*:}/")" || fail "$ref, ${t%:*}" ;;
		*) [ $rc -ne 0 ] && echo "ok - $ref: no ${t%:*}" ||
			fail "$ref, ${t%:*}, which the row has not" ;;
		esac
	done
}
# asked NAME WHAT: the row says so
asked() {
	case $asks in *$2*) echo "ok - $1 asks for: $2" ;;
	*) fail "the row does not say that $1 asks for $2" ;; esac
}
untouched() { # NAME REF VARIABLE...: not without a touch
	name=$1 ref=$2
	shift 2
	if env "$@" "$B/bin/encl" key enroll "$ref" --test >out 2>err </dev/null; then
		fail "$name signs without a touch"
	elif grep -q '^  code: touch$' err; then
		asked "$name" touch
	else
		fail "$name without a touch"
	fi
}
without() { # VARIABLE NAME WHAT REF: not without it
	if env -u "$1" setsid -w "$B/bin/encl" key enroll "$4" --test \
		>out 2>err </dev/null; then
		fail "$2 signs without $3"
	elif grep -q '^  code: [a-z]*_missing$' err && ! grep -q device err; then
		asked "$2" "$3"
	else
		fail "$2 without $3"
	fi
}
listen() { # SOCKET: an agent
	ssh-agent -D -a "$1" ${2:+-P "$2"} >/dev/null &
	agents="$agents $!"
	agent_wait "$1" || exit 1
	export SSH_AUTH_SOCK="$1"
}
# of_agent TYPE...: keys that ssh-keygen makes
of_agent() {
	for t in "$@"; do
		rm -f key.*
		quietly ssh-keygen -q ${t#*:} -N '' -C "k-${t%%:*}" -f key.ssh &&
			quietly ssh-add key.ssh && signs "ssh-agent:k-${t%%:*}"
		case $types in *${t%%:*}*) ;; *) fail "${t%%:*} is not in the row" ;; esac
	done
}

row 'file:PATH' && made && signs file:ops-1.key && try file:TYPE.key
without ENCL_PASSPHRASE_FILE file passphrase file:ops-1.key

row 'sealed:PATH'
if [ -e "$B/tests/virtual/libusb-1.0.so.0" ] &&
	encl help key generate | grep -q sealed:PATH; then
	rm -f ops-1.key
	export LD_LIBRARY_PATH="$B/tests/virtual" VYK_STATE="$T/yubikey"
	made "--yes --recovery-out recovery" && signs sealed:ops-1.key
	untouched sealed sealed:ops-1.key VYK_TOUCH=never VYK_TIMEOUT=300
	without ENCL_PASSPHRASE_FILE sealed passphrase sealed:ops-1.key
	unset LD_LIBRARY_PATH
else
	echo "skipped sealed: there is no virtual YubiKey"
fi

umask 077
row 'piv:serial'
if [ -e "$B/tests/virtual/libpcsclite.so.1" ]; then
	export LD_LIBRARY_PATH="$B/tests/virtual"
	echo 123456 >pin
	made && signs "piv:slot=9c"
	untouched piv "piv:slot=9c" VPIV_TOUCH=never VPIV_TOUCH_TIMEOUT_MS=300
	try "piv:slot=9c" --yes
	without ENCL_PIN_FILE piv PIN "piv:slot=9c"
	unset LD_LIBRARY_PATH
else
	echo "skipped piv: there is no virtual card"
fi

row 'pkcs11:token'
if command -v softhsm2-util >/dev/null 2>&1; then
	echo "directories.tokendir = $T/tokens" >softhsm2.conf
	export SOFTHSM2_CONF="$T/softhsm2.conf"
	echo 1234 >pin
	softhsm2-util --init-token --free --label ops --pin 1234 \
		--so-pin 12345678 >/dev/null
	made && signs "pkcs11:token=ops;object=ops-1" &&
		try "pkcs11:token=ops;object=TYPE"
	without ENCL_PIN_FILE pkcs11 PIN "pkcs11:token=ops;object=ops-1"
else
	echo "skipped pkcs11: softhsm2 is not installed"
fi

row 'ssh-agent:SHA256'
if command -v ssh-agent >/dev/null 2>&1; then
	rm -f ops-1 ops-1.pub
	listen "$T/agent"
	made=$(echo "$made" | sed "s/-f ops-1 /-q -N '' -C ops-1 -f ops-1 /")
	made && signs ssh-agent:ops-1
	signs "ssh-agent:$(ssh-keygen -lf ops-1.pub | cut -d' ' -f2)"
	of_agent "Ed25519:-t ed25519" "P-256:-t ecdsa -b 256" \
		"P-384:-t ecdsa -b 384"
else
	echo "skipped ssh-agent: it is not here"
fi

row 'FIDO2'
dummy=/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so
if [ -e $dummy ] && command -v ssh-agent >/dev/null 2>&1; then
	rm -f ops-1 ops-1.pub
	export SSH_SK_PROVIDER=$dummy
	listen "$T/agent.sk" '/usr/lib/*'
	made=$(echo "$made" | sed "s/-f ops-1 /-q -N '' -C ops-1 -f ops-1 /")
	made && signs ssh-agent:ops-1
	of_agent "Ed25519-SK:-t ed25519-sk" "P-256-SK:-t ecdsa-sk"
else
	echo "skipped FIDO2: openssh-tests is not installed"
fi

row 'gpg-agent'
if command -v gpg-agent >/dev/null 2>&1 && command -v gpg >/dev/null 2>&1; then
	export GNUPGHOME="$T/gnupg"
	mkdir -m 700 gnupg
	echo enable-ssh-support >gnupg/gpg-agent.conf
	made=$(echo "$made" | sed "s/^gpg /gpg --batch --passphrase '' /")
	made
	for a in nistp256 nistp384; do
		quietly gpg --batch --passphrase '' --quick-gen-key $a $a auth
	done
	gpg --with-keygrip --with-colons -K 2>/dev/null |
		sed -n 's/^grp:*\([0-9A-F]*\):$/\1/p' >gnupg/sshcontrol
	gpgconf --launch gpg-agent
	export SSH_AUTH_SOCK="$(gpgconf --list-dirs agent-ssh-socket)"
	encl key list 2>/dev/null | grep -o '^ssh-agent:[^ ]*' >refs
	[ "$(wc -l <refs)" -eq 3 ] || fail "gpg-agent does not list three keys"
	for r in $(cat refs); do
		signs "$r"
	done
	unset SSH_AUTH_SOCK
else
	echo "skipped gpg-agent: it is not here"
fi

# It judges what it signs, so it signs no test; a genesis it does.
row 'server:NAME' && made
printf 'name: store\nimage: r/p:1\n' >store.yaml
quietly encl enclave create -f store.yaml --control-key server:ops-1 &&
	echo "ok - server:ops-1 signs"
try_server() {
	if encl key enroll server:ops-1 --test >out 2>err </dev/null; then
		fail "the server signed a test"
	else
		echo "ok - server:ops-1 signs no test"
	fi
}
try_server

table_tried
exit $bad
